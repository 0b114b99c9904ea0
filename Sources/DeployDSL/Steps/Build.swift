/// Builds the image of a role's service.
public struct Build: BuiltInStep {
  /// Whose image.
  package var role: Role
  /// Environment for Compose interpolation, and with it for build arguments.
  package var environment: [String: EnvironmentValue]
  /// Build arguments: they reach `ARG` in the Dockerfile without the Compose file naming them.
  package var arguments: [String: EnvironmentValue]

  /// Builds the image of a role's service.
  ///
  /// - Parameters:
  ///   - role: whose image.
  ///   - environment: variables for Compose interpolation.
  ///   - arguments: build arguments for the Dockerfile's `ARG`. Their values are passed by
  ///     environment, never on the command line.
  public init(
    _ role: Role, environment: [String: any EnvironmentConvertible] = [:],
    arguments: [String: any EnvironmentConvertible] = [:]
  ) {
    self.role = role
    self.environment = environment.environmentValues
    self.arguments = arguments.environmentValues
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "name the role: `Build(.target)`")
  public init() { self.init(.target) }
}

extension Build {
  package var kind: String { "build" }
  package var title: String { "Build \(role.rawValue)" }
  package var neededRole: Role? { role }
  package var traits: StepTraits { [.takesLong, .keptOnResume] }
  package var effect: StepEffect? { .makesImage(role) }
  package var interpolation: [String: EnvironmentValue] { environment }
  package var variables: [String: EnvironmentValue] { environment.merging(arguments) { $1 } }
  package var particulars: [String: String] {
    ["role": role.rawValue].adding(environment).adding(arguments, as: "argument")
  }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    arguments.sorted { $0.key < $1.key }.map { name, value in
      guard case .secret = value else { return nil }
      return ValidationIssue(
        "the build argument \(name.escaped) is a secret, but the image's history keeps it readable",
        fix: "give it to the container with Up(.target, environment:)")
    }
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkImage(node)
  }
}
