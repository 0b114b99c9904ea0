#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A container as `docker inspect` describes it, as far as a deploy needs it.
package struct Container: Sendable, Equatable {
  package var id: String
  package var name: String
  package var service: String
  package var status: String
  package var exitCode: Int
  package var wasKilledForMemory: Bool
  package var startedAt: String
  package var restartCount: Int
  package var health: String?
  package var image: String
  package var error: String
  package var mounts: [Mount]
  package var ports: [String: [Binding]]

  package struct Mount: Decodable, Sendable, Equatable {
    package var source: String
    package var destination: String

    private enum CodingKeys: String, CodingKey {
      case source = "Source"
      case destination = "Destination"
    }
  }

  package struct Binding: Decodable, Sendable, Equatable {
    package var hostIP: String?
    package var hostPort: String?

    private enum CodingKeys: String, CodingKey {
      case hostIP = "HostIp"
      case hostPort = "HostPort"
    }
  }

  package var isRunning: Bool { status == "running" }

  /// Whether it is still the same life of the same container.
  package func isSameLife(as other: Container) -> Bool {
    id == other.id && startedAt == other.startedAt
  }

  /// Where a port is published on this machine.
  package func publishedAddress(of port: Int) -> PublishedAddress? {
    (ports["\(port)/tcp"] ?? []).lazy.compactMap { binding in
      ComposeProject.portNumber(binding.hostPort).map {
        PublishedAddress(ComposeProject.reachable(binding.hostIP), $0)
      }
    }.first
  }

  /// The published addresses, lowest container port first.
  package var publishedAddresses: [PublishedAddress] {
    ports.keys.compactMap { key in key.hasSuffix("/tcp") ? Int(key.dropLast(4)) : nil }
      .sorted()
      .compactMap(publishedAddress)
  }

  /// What happened to it, for people: `exited with code 3`.
  package var fate: String {
    switch status {
    case "exited", "dead":
      wasKilledForMemory
        ? "was killed because it used too much memory (exit code \(exitCode))"
        : "exited with code \(exitCode)"
    case "restarting": "keeps restarting (exit code \(exitCode))"
    case "created": "was created but did not start" + (error.isEmpty ? "" : " (\(error))")
    default: "is \(status)"
    }
  }
}

extension Container: Decodable {
  private enum Key: String, CodingKey {
    case id = "Id"
    case name = "Name"
    case restartCount = "RestartCount"
    case state = "State"
    case config = "Config"
    case mounts = "Mounts"
    case network = "NetworkSettings"
    case image = "Image"
  }
  private struct State: Decodable {
    var Status: String
    var ExitCode: Int?
    var OOMKilled: Bool?
    var StartedAt: String?
    var Error: String?
    var Health: Status?
    struct Status: Decodable { var Status: String? }
  }
  private struct Config: Decodable {
    var Image: String?
    var Labels: [String: String]?
  }
  private struct Network: Decodable { var Ports: [String: [Binding]?]? }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let state = try values.decode(State.self, forKey: .state)
    let config = try values.decodeIfPresent(Config.self, forKey: .config)
    let network = try values.decodeIfPresent(Network.self, forKey: .network)
    id = try values.decode(String.self, forKey: .id)
    let slashed = try values.decodeIfPresent(String.self, forKey: .name) ?? id
    name = slashed.hasPrefix("/") ? String(slashed.dropFirst()) : slashed
    // One-off containers of `docker compose run` are not the service.
    let isOneOff = config?.Labels?["com.docker.compose.oneoff"] == "True"
    service = isOneOff ? "" : config?.Labels?["com.docker.compose.service"] ?? ""
    status = state.Status
    exitCode = state.ExitCode ?? 0
    wasKilledForMemory = state.OOMKilled ?? false
    startedAt = state.StartedAt ?? ""
    error = state.Error ?? ""
    health = state.Health?.Status.flatMap { $0 == "none" || $0.isEmpty ? nil : $0 }
    restartCount = try values.decodeIfPresent(Int.self, forKey: .restartCount) ?? 0
    let imageID = try values.decodeIfPresent(String.self, forKey: .image)
    image = config?.Image ?? imageID ?? ""
    mounts = try values.decodeIfPresent([Mount].self, forKey: .mounts) ?? []
    ports = (network?.Ports ?? [:]).compactMapValues { $0 }
  }

  /// Reads the JSON of `docker inspect`.
  package static func parse(_ json: String) throws -> [Container] {
    try JSONDecoder().decode([Container].self, from: Data(json.utf8))
  }
}
