/// The key of a value that one step of a run sets for later ones.
///
/// ```swift
/// let rows = Key<Int>("migrated rows")
///
/// struct Migrate: PrimitiveStep {
///   let writes = Keys(rows)
///   func run(in context: StepContext) async throws {
///     let result = try await context.exec(.target, "bin/migrate", "--count")
///     try context.set(rows, to: Int(result.output) ?? 0)
///   }
/// }
/// ```
/// A later step declares `let reads = Keys(rows)` and calls `try context.value(of: rows)`. A plan
/// in which no earlier step writes the key is invalid. Values last as long as the run and are never
/// stored, because they may be secret.
public struct Key<Value: Sendable>: Sendable {
  package let name: String

  /// Makes a key; two with the same name and type are the same key.
  public init(_ name: String) { self.name = name }
}

/// The keys that a step reads or writes: `Keys(rows, version)`.
public struct Keys: Hashable, Sendable {
  /// The identity of a key.
  package struct ID: Hashable, Sendable {
    package let name: String
    private let type: ObjectIdentifier

    package init<Value>(_ key: Key<Value>) {
      name = key.name
      type = ObjectIdentifier(Value.self)
    }
  }

  /// The keys in the order in which they were written.
  package let ids: [ID]

  /// Makes a list.
  public init<each Value>(_ keys: repeat Key<each Value>) {
    var ids: [ID] = []
    for key in repeat each keys { ids.append(ID(key)) }
    self.ids = ids
  }

  package func contains(_ id: ID) -> Bool { ids.contains(id) }
}
