/// Creates and starts a role's service, without touching the services it depends on.
///
/// Undone by stopping it, if this run started it.
public struct Up: BuiltInStep {
  /// The role of the service.
  package var role: Role
  /// Environment for Compose interpolation.
  package var environment: [String: EnvironmentValue]
  /// Whether to build the image first.
  package var build: Bool
  /// The image to start instead of the Compose file's; only in a rollback.
  package var image: PinnedImage?

  /// Starts a role's service.
  ///
  /// - Parameters:
  ///   - role: the role of the service.
  ///   - environment: variables for Compose interpolation, and with `build` for build arguments.
  ///     Variables that the Dockerfile declares as `ARG` reach it too.
  ///   - build: whether to build the image first. Default: no.
  public init(
    _ role: Role, environment: [String: any EnvironmentConvertible] = [:], build: Bool = false
  ) {
    self.role = role
    self.environment = environment.environmentValues
    self.build = build
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "name the role: `Up(.target)`")
  public init() { self.init(.target) }
}

/// An image of an earlier run, by its ID: its tag may have moved since.
package struct PinnedImage: Hashable, Sendable, Encodable {
  /// The ID: `sha256:…`.
  package var id: String
  /// The name that it had in that run.
  package var name: String
  /// The Compose files of the project, for plans that leave them to Compose.
  package var composeFiles: [String]
  /// The values of the Compose file's variables in that run, as far as they are known.
  package var values: [String: String] = [:]

  package init(id: String, name: String, composeFiles: [String]) {
    (self.id, self.name, self.composeFiles) = (id, name, composeFiles)
  }
}

extension Up {
  package var kind: String { "up" }
  package var title: String { "Up \(role.rawValue)" }
  package var particulars: [String: String] {
    ["role": role.rawValue, "build": "\(build)"].adding(environment)
  }
  package func highlights(in application: Application) -> [String] {
    build ? ["builds the image"] : []
  }
  package var ownUndo: String? { "stop \(role.rawValue)" }
  package var neededRole: Role? { role }
  package var traits: StepTraits { [.inOrder, .reliedOn, .takesLong] }
  package var effect: StepEffect? { .starts(role) }
  package var interpolation: [String: EnvironmentValue] { environment }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkUp(role, node, facts)
  }
}
