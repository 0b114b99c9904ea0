/// Writes values of the plan into a file that Compose reads by itself, such as `.env`.
///
/// An everyday `docker compose up -d` then keeps the version that was deployed.
///
/// ```swift
/// Up(.target, environment: ["IMAGE_TAG": tag])
/// …
/// Reload()
/// Record("IMAGE_TAG", in: ".env")
/// ```
/// Every other byte of the file stays. Undone by writing the old value back. With
/// `profiles: ["colours"]` at both colours in the Compose file `docker compose up -d` leaves them
/// alone, and nothing needs to be recorded.
public struct Record: ActionStep, Hashable {
  /// The variables.
  public var names: [String]
  /// The file; relative paths begin at the project folder.
  public var file: String

  /// Writes values down.
  ///
  /// - Parameters:
  ///   - names: variables that the plan gives the Compose file, with `environment:` of a step or of
  ///     the plan; none may be a ``Secret``.
  ///   - file: the file, made if it is not there; relative paths begin at the project folder.
  ///     Default: `.env`, which Compose reads.
  public init(_ names: String..., in file: String = ".env") {
    self.names = names
    self.file = file
  }

  /// `record`.
  public var action: Action { .record(self) }
}
