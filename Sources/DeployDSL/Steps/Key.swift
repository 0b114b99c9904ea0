/// Names a value that one step of a run leaves for later ones.
///
/// ```swift
/// let rows = Key<Int>("migrated rows")
///
/// struct Migrate: PrimitiveStep {
///   let writes: Keys = [rows]
///   func run(in context: StepContext) async throws {
///     let result = try await context.exec(.target, "bin/migrate", "--count")
///     try context.set(rows, to: Int(result.output) ?? 0)
///   }
/// }
/// ```
/// A later step says `let reads: Keys = [rows]` and asks `try context.value(of: rows)`. A plan in
/// which nothing writes the key before is wrong, and is not run. Values last as long as the run and
/// are written down nowhere: they may be secret.
public struct Key<Value: Sendable>: ValueKey {
  /// The name, for people and for telling keys of one type apart.
  public let name: String

  /// Makes a key; two with the same name and type are the same key.
  public init(_ name: String) { self.name = name }
}

/// A ``Key`` of any type, as ``PrimitiveStep/reads`` and ``PrimitiveStep/writes`` list them.
public protocol ValueKey: Hashable, Sendable {
  /// The type of the value.
  associatedtype Value: Sendable
  /// The name.
  var name: String { get }
}

/// The keys that a step reads or writes: `[rows, version]`.
public struct Keys: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// What tells two keys apart.
  package struct ID: Hashable, Sendable {
    package let name: String
    private let type: ObjectIdentifier

    package init(_ key: some ValueKey) {
      name = key.name
      type = Self.type(of: key)
    }

    private static func type<K: ValueKey>(of key: K) -> ObjectIdentifier {
      ObjectIdentifier(K.Value.self)
    }
  }

  /// The keys in the order in which they were written.
  package let ids: [ID]

  /// Makes a list.
  public init(arrayLiteral keys: any ValueKey...) { ids = keys.map { ID($0) } }

  package func contains(_ id: ID) -> Bool { ids.contains(id) }
}
