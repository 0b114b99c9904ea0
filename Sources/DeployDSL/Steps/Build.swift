/// Builds the image of a role's service.
public struct Build: BuiltInStep {
  /// The role of the service.
  package var role: Role
  /// Variables for Compose interpolation, including that of build arguments.
  package var environment: [String: EnvironmentValue]
  /// Build arguments: they set an `ARG` in the Dockerfile even if the Compose file does not name
  /// it.
  package var arguments: [String: EnvironmentValue]

  /// Builds the image of a role's service.
  ///
  /// - Parameters:
  ///   - role: the role of the service.
  ///   - environment: variables for Compose interpolation.
  ///   - arguments: build arguments for the Dockerfile's `ARG`. Their values are passed in the
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
