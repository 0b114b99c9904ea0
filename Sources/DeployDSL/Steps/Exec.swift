/// Runs a command inside a container.
///
/// It finds the container's environment. When its time is up or the run is cancelled it is ended inside
/// the container; where that cannot be proved the failure says that it still runs, and it is not run a
/// second time. `bgrun resume` waits for the end of one that still runs, and then runs it again: what
/// must not be done twice is a ``Job``.
public struct Exec: ActionStep, Hashable {
  /// Where a command runs.
  public enum Place: Hashable, Sendable, Encodable {
    /// In the container of a role's service.
    case role(Role)
    /// In the container of a service by name.
    case service(String)
  }

  /// Where it runs.
  public var place: Place
  /// The program and its arguments.
  public var argv: [String]

  /// Runs a command inside the container of a role's service; argv, no shell.
  public init(_ role: Role, _ argv: String...) {
    place = .role(role)
    self.argv = argv
  }

  /// Runs a command inside the container of a service by name; argv, no shell.
  public init(service: String, _ argv: String...) {
    place = .service(service)
    self.argv = argv
  }

  /// `exec`.
  public var action: Action { .exec(self) }
}
