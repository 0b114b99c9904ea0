/// Pulls the image of a role's service.
public struct Pull: BuiltInStep {
  /// The role of the service.
  package var role: Role
  /// Environment for Compose interpolation.
  package var environment: [String: EnvironmentValue]

  /// Pulls the image of a role's service.
  ///
  /// - Parameters:
  ///   - role: the role of the service.
  ///   - environment: variables for Compose interpolation, for example an image's tag.
  public init(_ role: Role, environment: [String: any EnvironmentConvertible] = [:]) {
    self.role = role
    self.environment = environment.environmentValues
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "name the role: `Pull(.target)`")
  public init() { self.init(.target) }
}

extension Pull {
  package var kind: String { "pull" }
  package var title: String { "Pull \(role.rawValue)" }
  package var particulars: [String: String] { ["role": role.rawValue].adding(environment) }
  package var neededRole: Role? { role }
  package var traits: StepTraits { [.takesLong, .keptOnResume] }
  package var effect: StepEffect? { .makesImage(role) }
  package var interpolation: [String: EnvironmentValue] { environment }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkImage(node)
  }
}
