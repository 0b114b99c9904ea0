/// Starts the existing container of a role's service, without updating its image or settings. A
/// rollback to the previous version uses it; to deploy, use ``Up``.
///
/// Undone by stopping it, if this run started it.
public struct Start: BuiltInStep {
  /// The role of the service.
  package var role: Role

  /// Starts a role's container.
  public init(_ role: Role) { self.role = role }
}

extension Start {
  package var kind: String { "start" }
  package var title: String { "Start \(role.rawValue)" }
  package var particulars: [String: String] { ["role": role.rawValue] }
  package var ownUndo: String? { "stop \(role.rawValue)" }
  package var neededRole: Role? { role }
  package var traits: StepTraits { [.inOrder, .reliedOn] }
  package var effect: StepEffect? { .starts(role) }
}
