import DeployRunner

/// The profile that keeps everyday `docker compose up -d` away from services: bgrun starts them by
/// name.
struct EverydayProfile {
  /// The profile's name.
  static let name = "bgrun"

  let project: ComposeProject
  /// The services that get the profile.
  let services: [String]
  /// Whether everyday commands would start both colours; otherwise a profile keeps one from that.
  var startsBoth = true

  /// The services that an everyday command would start.
  ///
  /// - Parameter enabled: the value of `COMPOSE_PROFILES`.
  static func started(
    of services: [String], in project: ComposeProject, enabled: String?
  ) -> [String] {
    let enabled = Set((enabled ?? "").split(separator: ",").map(String.init))
    return services.filter { name in
      let own = project.services[name]?.profiles ?? []
      return own.isEmpty || enabled.contains("*") || !enabled.isDisjoint(with: own)
    }
  }

  /// What everyday commands would start, for people.
  var started: String {
    startsBoth
      ? "both colours" : "\(services.joined(separator: " and ")), whichever colour is active"
  }

  /// The text of an overlay that adds only the profile.
  var text: String {
    """
    # Written by `bgrun init`: `docker compose up -d` leaves \(services.joined(separator: ", ")) alone.
    # Without it, the command would start \(started), and recreate the live one as soon as its image
    # has changed. `docker compose up -d SERVICE` and bgrun start them by name.
    services:
    \(services.map { "  \($0):\n\(profile(of: $0))\n" }.joined())\(dependants)
    """
  }

  /// The line for a service.
  func profile(of service: String) -> String {
    // A profile that everyday commands enable would start it.
    let isFirst = project.services[service]?.profiles?.isEmpty ?? true
    return "    profiles: \(isFirst ? "" : "!override ")[\(Self.name)]"
  }

  /// The services that depend on them, with the dependency made optional: Compose rejects one that
  /// everyday commands leave alone.
  var dependants: String {
    needing.map { name, needed in
      let lines = needed.sorted { $0.key < $1.key }.map { other in
        "      \(other.key): { condition: \(other.value), required: false }\n"
      }
      return "  \(name):\n    depends_on:\n" + lines.joined()
    }.joined()
  }

  /// The other services that depend on them.
  var needing: [(name: String, needed: [String: String])] {
    project.services.keys.sorted().filter { !services.contains($0) }.compactMap { name in
      let needed = (project.services[name]?.dependencies ?? [:]).filter {
        services.contains($0.key)
      }
      return needed.isEmpty ? nil : (name, needed)
    }
  }
}
