import BgrunTestSupport
import DeployDSL
import Foundation
import Synchronization

@testable import DeployRunner

/// A manager of a Swarm in memory, by the docker commands that bgrun uses. Its tasks come one state
/// further each time that somebody waits.
final class FakeSwarm: StubHost {
  /// What becomes of a service's new tasks.
  enum Fate: Sendable {
    case runs
    /// Its health check never passes: the Swarm ends it, without saying why.
    case neverHealthy(log: [String])
    case rejected(String)
    case unplaced(String)
    case staysStarting
  }

  struct Service: Sendable {
    var image: String
    var replicas: Int
    var earlier: Int?
    var version = 1
    var update: (state: String, message: String)?
    var fate = Fate.runs
  }

  struct Task: Sendable {
    var id: String
    var service: String
    var slot: Int
    var node: String?
    var state: String
    var desired = "running"
    var error = ""
    var image: String
    var age = 0
  }

  struct State: Sendable {
    var services: [String: Service] = [:]
    var tasks: [Task] = []
    var nodes = ["node1": "Ready", "node2": "Ready", "node3": "Ready"]
    /// The IDs of the proxy's containers on this machine.
    var proxies: [String] = []
    var commands: [String] = []
    /// What a command answers instead, as long as it says so, or how it fails.
    var answer: @Sendable (_ argv: [String], inout State) throws -> CommandResult? = { _, _ in nil }
    var onTick: @Sendable (inout State) -> Void = { _ in }
    var ticks = 0
    private var number = 0

    mutating func id() -> String {
      number += 1
      return "task" + String(repeating: "0", count: 21 - "\(number)".count) + "\(number)"
    }
  }

  private let state = Mutex(State())

  /// A stack `shop` with blue running, green without tasks, and a proxy on node1.
  init(_ change: (inout State) -> Void = { _ in }) {
    state.withLock { state in
      state.services["shop_blue"] = Service(image: "shop:1.0", replicas: 3)
      state.services["shop_green"] = Service(image: "shop:0.9", replicas: 0, earlier: 3)
      state.services["shop_proxy"] = Service(image: "nginx:1.28", replicas: 1)
      for service in ["shop_blue", "shop_proxy"] {
        Self.fill(service, &state)
        for index in state.tasks.indices { state.tasks[index].state = "running" }
      }
      state.proxies = state.tasks.filter { $0.service == "shop_proxy" }.map { "container-\($0.id)" }
      change(&state)
    }
  }

  /// The clock with which its time passes.
  var clock: SteppedClock { SteppedClock { [self] _ in change(Self.tick) } }

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

  var now: State { state.withLock { $0 } }

  // MARK: Tasks

  private static func fill(_ name: String, _ state: inout State) {
    guard let service = state.services[name] else { return }
    for index in state.tasks.indices where state.tasks[index].service == name {
      let isOld = state.tasks[index].image != service.image
      if isOld || state.tasks[index].slot > service.replicas {
        state.tasks[index].desired = "shutdown"
      }
    }
    for slot in 0..<service.replicas {
      let isThere = state.tasks.contains {
        $0.service == name && $0.slot == slot + 1 && $0.desired == "running"
      }
      guard !isThere else { continue }
      let nodes = state.nodes.filter { $0.value == "Ready" }.keys.sorted()
      var task = Task(
        id: state.id(), service: name, slot: slot + 1, node: nodes[slot % nodes.count],
        state: "assigned", image: service.image)
      if case .unplaced(let why) = service.fate {
        (task.node, task.state, task.error) = (nil, "pending", why)
      }
      state.tasks.append(task)
    }
  }

  private static func tick(_ state: inout State) {
    state.ticks += 1
    state.onTick(&state)
    for index in state.tasks.indices {
      let task = state.tasks[index]
      // Nobody hears of a node that is down.
      guard task.node.map({ state.nodes[$0] == "Ready" }) ?? true else { continue }
      if task.desired == "shutdown" {
        if ["assigned", "starting", "running"].contains(task.state) {
          state.tasks[index].state = "shutdown"
        }
        continue
      }
      switch (task.state, state.services[task.service]?.fate) {
      case ("assigned", .rejected(let why)):
        (state.tasks[index].state, state.tasks[index].error) = ("rejected", why)
        state.tasks[index].desired = "shutdown"
      case ("assigned", _): state.tasks[index].state = "starting"
      case ("starting", .runs): state.tasks[index].state = "running"
      case ("starting", .neverHealthy) where task.age > 2:
        state.tasks[index].state = "complete"
        state.tasks[index].desired = "shutdown"
      default: state.tasks[index].age += 1
      }
    }
    for name in state.services.keys.sorted() { fill(name, &state) }
  }

  // MARK: Commands

  func run(
    _ command: Command, in folder: String, timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    try state.withLock { state in
      state.commands.append(command.description)
      if let answer = try state.answer(command.argv, &state) { return answer }
      return Self.perform(command.argv, &state)
    }
  }

  private static func perform(_ argv: [String], _ state: inout State) -> CommandResult {
    let name = argv.last ?? ""
    switch Array(argv.prefix(3)) {
    case ["docker", "service", "inspect"]:
      let names = argv.dropFirst(3)
      let missing = names.filter { state.services[$0] == nil }
      return CommandResult(
        status: missing.isEmpty ? 0 : 1,
        output: json(names.compactMap { name in state.services[name].map { describe(name, $0) } }),
        errors: missing.map { "Error: no such service: \($0)\n" }.joined())
    case ["docker", "service", "ps"]:
      let names = argv.filter { state.services[$0] != nil }
      let tasks = state.tasks.filter { names.contains($0.service) }
      return CommandResult(status: 0, output: tasks.map { "\($0.id)\n" }.joined())
    case ["docker", "inspect", "--type"]:
      let tasks = state.tasks.filter { argv.contains($0.id) }
      let isWhole = tasks.count == argv.count - 4
      return CommandResult(
        status: isWhole ? 0 : 1, output: json(tasks.map(describe)),
        errors: isWhole ? "" : "Error response from daemon: task x not found\n")
    case ["docker", "node", "ls"]:
      let lines = state.nodes.sorted { $0.key < $1.key }.map {
        "id-\($0.key)\t\($0.key)\t\($0.value)\n"
      }
      return CommandResult(status: 0, output: lines.joined())
    case ["docker", "service", "logs"]:
      guard let task = state.tasks.first(where: { $0.id == name }),
        case .neverHealthy(let log)? = state.services[task.service]?.fate
      else { return CommandResult(status: 0) }
      return CommandResult(status: 0, output: log.map { "\($0)\n" }.joined())
    case ["docker", "service", "update"]:
      accept(
        name, image: value(of: "--image", argv),
        replicas: value(of: "--replicas", argv).flatMap { Int($0) },
        &state)
      return CommandResult(status: 0, output: "\(name)\n")
    case ["docker", "service", "scale"]:
      let parts = name.split(separator: "=").map(String.init)
      accept(parts[0], image: nil, replicas: Int(parts[1]), &state)
      return CommandResult(status: 0)
    case ["docker", "ps", "--no-trunc"]:
      return CommandResult(status: 0, output: state.proxies.map { "\($0)\n" }.joined())
    default: return CommandResult(status: 1, errors: "unknown: \(argv)")
    }
  }

  /// Takes a change of a service.
  static func accept(_ name: String, image: String?, replicas: Int?, _ state: inout State) {
    guard var service = state.services[name] else { return }
    if let replicas, replicas != service.replicas {
      service.earlier = service.replicas
      service.replicas = replicas
    }
    service.image = image ?? service.image
    service.version += 1
    service.update = nil
    state.services[name] = service
    fill(name, &state)
  }

  private static func value(of option: String, _ argv: [String]) -> String? {
    argv.firstIndex(of: option).map { argv[$0 + 1] }
  }

  private static func json(_ value: [[String: Any]]) -> String {
    let data = (try? JSONSerialization.data(withJSONObject: value)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  private static func describe(_ name: String, _ service: Service) -> [String: Any] {
    func spec(_ replicas: Int) -> [String: Any] {
      [
        "Name": name, "Mode": ["Replicated": ["Replicas": replicas]],
        "TaskTemplate": [
          "ContainerSpec": [
            "Image": service.image, "Healthcheck": ["Test": ["CMD", "true"]],
            "StopGracePeriod": 10_000_000_000,
          ]
        ],
      ]
    }
    var value: [String: Any] = [
      "ID": "id-\(name)", "Version": ["Index": service.version], "Spec": spec(service.replicas),
      "UpdatedAt": "2026-11-28T00:00:00Z",
    ]
    if let earlier = service.earlier { value["PreviousSpec"] = spec(earlier) }
    if let update = service.update {
      value["UpdateStatus"] = ["State": update.state, "Message": update.message]
    }
    return value
  }

  private static func describe(_ task: Task) -> [String: Any] {
    var value: [String: Any] = [
      "ID": task.id, "ServiceID": "id-\(task.service)", "Slot": task.slot,
      "DesiredState": task.desired, "CreatedAt": "2026-11-28T00:00:00Z",
      "UpdatedAt": "2026-11-28T00:00:01Z",
      "Status": [
        "State": task.state, "Err": task.error,
        "ContainerStatus": [
          "ContainerID": "container-\(task.id)", "ExitCode": task.state == "complete" ? 137 : 0,
        ],
      ],
      "Spec": ["ContainerSpec": ["Image": task.image, "Healthcheck": ["Test": ["CMD", "true"]]]],
      "NetworksAttachments": [["Network": ["Spec": ["Name": "shop_default"]]]],
    ]
    if let node = task.node { value["NodeID"] = "id-\(node)" }
    return value
  }
}
