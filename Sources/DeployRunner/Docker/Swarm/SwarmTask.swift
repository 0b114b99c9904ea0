/// A task of a Swarm's service: one container on one node, as `docker inspect --type task` shows it.
///
/// A task never restarts: the Swarm replaces one that has ended by another one.
struct SwarmTask: Sendable {
  var id: String
  var serviceID: String
  /// Its number among the tasks of its service; `nil` for a global service's.
  var slot: Int?
  var nodeID: String?
  /// `new`, `pending`, `preparing`, `starting`, `running`, `complete`, `failed`, `rejected` …
  var state: String
  /// What the Swarm wants of it: `running`, or `shutdown` once it is replaced.
  var desired: String
  var created: String
  /// When the manager last heard of it, by the manager's clock.
  var updated: String
  var error: String
  var exitCode: Int
  var containerID: String?
  var image: String
  var hasHealthCheck: Bool
  var stopGracePeriod: Duration?
  var networks: Set<String>

  /// Whether it waits for a node, or boots: with a health check, until that has passed.
  var isOnItsWay: Bool {
    ["new", "allocated", "pending", "assigned", "accepted", "ready", "preparing", "starting"]
      .contains(state)
  }

  var isRunning: Bool { state == "running" }

  /// Whether it has ended or never began, not because the Swarm ended it: `shutdown` is the state of a
  /// task that was replaced, as when its node comes back.
  var hasEndedByItself: Bool { ["complete", "failed", "rejected"].contains(state) }

  /// Whether the Swarm wants it.
  var isWanted: Bool { ["running", "ready", "accepted"].contains(desired) }
}

extension SwarmTask: Decodable {
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    let status = try values.object("Status")
    let container = try SwarmContainer(values.object("Spec"))
    id = try values.decode(String.self, forKey: "ID")
    serviceID = try values.text("ServiceID") ?? ""
    slot = try values.number("Slot")
    nodeID = try values.text("NodeID")
    state = try status?.text("State") ?? ""
    desired = try values.text("DesiredState") ?? ""
    created = try values.text("CreatedAt") ?? ""
    updated = try values.text("UpdatedAt") ?? ""
    error = try status?.text("Err") ?? ""
    let ran = try status?.object("ContainerStatus")
    exitCode = try ran?.number("ExitCode") ?? 0
    containerID = try ran?.text("ContainerID")
    (image, hasHealthCheck) = (container.image, container.hasHealthCheck)
    stopGracePeriod = container.stopGracePeriod
    let attached = try values.decodeIfPresent([Attachment].self, forKey: "NetworksAttachments")
    networks = Set((attached ?? []).compactMap(\.network)).subtracting(["ingress"])
  }

  private struct Attachment: Decodable {
    var network: String?

    init(from decoder: any Decoder) throws {
      network = try decoder.container(keyedBy: JSONField.self).object("Network")?.object("Spec")?
        .text("Name")
    }
  }
}

/// A service of a Swarm, as `docker service inspect` shows it.
struct SwarmService: Sendable {
  var id: String
  var name: String
  var image: String
  /// How many tasks it is to have; `nil` for a global service.
  var replicas: Int?
  /// How many it was to have before its last change.
  var earlierReplicas: Int?
  /// The version of its description, which every change increments.
  var version: Int
  /// How the last update of running tasks went: `updating`, `completed`, `paused`,
  /// `rollback_completed` …
  var updateState: String?
  var updateMessage: String
  var stopGracePeriod: Duration?
}

/// How a task's container is described, in the task and in its service.
private struct SwarmContainer {
  var image: String
  var hasHealthCheck: Bool
  var stopGracePeriod: Duration?

  /// Reads it from what a task is to be.
  init(_ spec: KeyedDecodingContainer<JSONField>?) throws {
    let container = try spec?.object("ContainerSpec")
    image = try container?.text("Image") ?? ""
    let test = try? container?.object("Healthcheck")?.decodeIfPresent([String].self, forKey: "Test")
    hasHealthCheck = test.map { $0.first != "NONE" && !$0.isEmpty } ?? false
    stopGracePeriod = try container?.number("StopGracePeriod").map { .nanoseconds($0) }
  }
}

extension SwarmService: Decodable {
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    let spec = try values.object("Spec")
    let container = try SwarmContainer(spec?.object("TaskTemplate"))
    id = try values.decode(String.self, forKey: "ID")
    name = try spec?.text("Name") ?? ""
    image = container.image
    replicas = try Self.replicas(spec)
    earlierReplicas = try Self.replicas(values.object("PreviousSpec"))
    version = try values.object("Version")?.number("Index") ?? 0
    let update = try values.object("UpdateStatus")
    updateState = try update?.text("State")
    updateMessage = try update?.text("Message") ?? ""
    stopGracePeriod = container.stopGracePeriod
  }

  private static func replicas(_ spec: KeyedDecodingContainer<JSONField>?) throws -> Int? {
    try spec?.object("Mode")?.object("Replicated").map { try $0.number("Replicas") ?? 0 }
  }

  /// Whether the Swarm has automatically stopped its last update or rolled it back.
  var hasUpdateFailed: Bool {
    updateState.map { $0 == "paused" || $0.hasPrefix("rollback") } ?? false
  }
}

/// A node of a Swarm.
struct SwarmNode: Sendable, Equatable {
  var id: String
  var name: String
  /// `Ready`, `Down`, `Unknown`.
  var status: String

  /// Parses the output of `docker node ls --format "{{.ID}}\t{{.Hostname}}\t{{.Status}}"`.
  static func parse(_ output: String) -> [SwarmNode] {
    output.split(whereSeparator: \.isNewline).compactMap { line in
      let fields = line.split(separator: "\t").map(String.init)
      return fields.count == 3 ? SwarmNode(id: fields[0], name: fields[1], status: fields[2]) : nil
    }
  }
}

extension String {
  /// An image's name without its digest, unless that is all that tells its version.
  var withoutDigest: String {
    guard let at = lastIndex(of: "@") else { return self }
    let name = self[..<at]
    let last = name.split(separator: "/").last ?? ""
    return last.contains(":") ? String(name) : self
  }
}
