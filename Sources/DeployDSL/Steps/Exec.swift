/// Runs a command inside a container.
///
/// It has the container's environment. On a timeout or cancellation it is ended inside the
/// container; if that cannot be proved, the failure reports that it still runs, and it is not run a
/// second time. `bgrun resume` waits until a running one has ended, and then runs it again: use
/// ``Job`` for commands that must not run twice.
public struct Exec: BuiltInStep {
  /// Where a command runs.
  public enum Place: Hashable, Sendable, Encodable {
    /// In the container of a role's service.
    case role(Role)
    /// In the container of a service by name.
    case service(String)
  }

  /// Where it runs.
  package var place: Place
  /// The program and its arguments.
  package var argv: [String]

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
}

extension Exec {
  package var kind: String { "exec" }
  package var title: String { "Exec \(argv.first ?? "")" }
  package var particulars: [String: String] {
    ["argv": argv.joined(separator: " "), "in": container]
  }
  package func highlights(in application: Application) -> [String] {
    [argv.joined(separator: " "), "in \(container)"]
  }
  private var container: String {
    switch place {
    case .role(let role): role.rawValue
    case .service(let name): name
    }
  }
  package var neededRole: Role? { if case .role(let role) = place { role } else { nil } }
  package var traits: StepTraits { [.beside, .needsEngine, .keptOnResume] }
  package var texts: [String] { argv }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    let command = ValidationIssue.ofArgv(argv, "Exec")
    guard case .service(let name) = place else { return command }
    return command + [ValidationIssue.ofService(name)]
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkContainer(node, facts, "runs in the target's container")
  }
}
