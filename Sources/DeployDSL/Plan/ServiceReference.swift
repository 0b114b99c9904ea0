/// A type that names a service in a plan: a string, for a service of the plan's own Compose project, or
/// ``project(_:service:compose:environment:)``.
///
/// ```swift
/// Deploy("shop", blue: .project("shop-blue", service: "web"), green: .project("shop-green", service: "web")) {
///   DetectActive()
///   Up(.target)
/// }
/// ```
/// A conforming type of your own provides the service's name as its `description`.
public protocol ServiceReference: CustomStringConvertible, Sendable {}

extension String: ServiceReference {}

extension ServiceReference where Self == ProjectService {
  /// A service of another Compose project: what `docker compose --project-name NAME` starts.
  ///
  /// - Parameters:
  ///   - name: the Compose project's name, as in `docker compose --project-name NAME`.
  ///   - service: the service's name in that project.
  ///   - compose: the project's Compose files, relative to the project folder. Default: those of
  ///     `Deploy`.
  ///   - environment: variables for Compose interpolation in the commands for that project, in
  ///     addition to those of `Deploy`, which they override.
  public static func project(
    _ name: String, service: String, compose: (any ComposeFiles)? = nil,
    environment: [String: any EnvironmentConvertible] = [:]
  ) -> ProjectService {
    ProjectService(
      id: ServiceID(service, in: name),
      source: ComposeSource(
        files: compose.map(\.paths), environment: environment.environmentValues))
  }
}

/// A service of a Compose project other than the plan's own.
public struct ProjectService: ServiceReference, Hashable {
  /// Its name and its project's.
  let id: ServiceID
  /// How Compose finds the project.
  let source: ComposeSource

  /// The service's name and its project's.
  public var description: String { id.description }
}

/// How Compose finds a project that is not the plan's own.
package struct ComposeSource: Hashable, Sendable, Codable {
  /// Its Compose files; `nil` for the plan's.
  package var files: [String]?
  /// Variables in addition to the plan's.
  package var environment: [String: EnvironmentValue]

  package init(files: [String]? = nil, environment: [String: EnvironmentValue] = [:]) {
    (self.files, self.environment) = (files, environment)
  }

  /// The projects of references, by name; the first description of a project counts.
  static func all(of references: [(any ServiceReference)?]) -> [String: ComposeSource] {
    let services = references.compactMap { $0 as? ProjectService }
    return Dictionary(services.map { ($0.id.project ?? "", $0.source) }) { first, _ in first }
  }
}

/// The identity of a service: its name, and its Compose project unless that is the plan's own.
///
/// Two projects may have services of the same name.
package struct ServiceID: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The service's name in its project.
  package var name: String
  /// Its Compose project; `nil` for the plan's own.
  package var project: String?

  package init(_ name: String, in project: String? = nil) {
    self.name = name
    self.project = project
  }

  package init(stringLiteral name: String) { self.init(name) }

  /// The identity that a plan's reference stands for.
  init(of reference: any ServiceReference) {
    self = (reference as? ProjectService)?.id ?? ServiceID(reference.description)
  }
}

extension ServiceID: CustomStringConvertible {
  /// The name, with the project if it is not the plan's own: `web (project shop-blue)`.
  package var description: String { project.map { "\(name) (project \($0))" } ?? name }
}

extension ServiceID: Comparable {
  package static func < (one: ServiceID, other: ServiceID) -> Bool {
    (one.name, one.project ?? "") < (other.name, other.project ?? "")
  }
}

extension ServiceID: Codable {
  private enum CodingKeys: CodingKey { case service, project }

  package init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.init(name)
    } else {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        try values.decode(String.self, forKey: .service),
        in: try values.decode(String.self, forKey: .project))
    }
  }

  /// Encodes a service of the plan's own project as its name.
  package func encode(to encoder: any Encoder) throws {
    guard let project else {
      var value = encoder.singleValueContainer()
      return try value.encode(name)
    }
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .service)
    try values.encode(project, forKey: .project)
  }
}

extension [ServiceID] {
  /// The services with their verb: `web-blue is`, `web-blue, api-blue are`.
  package func text(_ one: String, _ many: String) -> String {
    "\(text) \(count == 1 ? one : many)"
  }

  /// Their names, for messages.
  package var text: String { map(\.description).joined(separator: ", ") }
}
