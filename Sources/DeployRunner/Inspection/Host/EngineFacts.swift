import DeployDSL

/// What `bgrun doctor` can tell without a plan: the engine, its version, its containers, its disk.
struct EngineFacts: Sendable {
  let executor: any Executor
  /// The containers of all Compose projects; fails if the engine cannot be used.
  let containers: Result<[Container], any Error>
  /// The versions of docker, Compose and, with a plan, nginx.
  private(set) var versions: [String: String]
  /// The free bytes, by path.
  let room: [String: Int]
  /// The Compose projects that the plan deploys or uses; without a plan, `nil`: all.
  private(set) var projects: Set<String>?

  /// - Parameter folders: further folders that need room.
  init(by executor: any Executor, folders: [String] = []) async {
    self.executor = executor
    containers = await result { try await Self.containers(by: executor) }
    var versions: [String: String] = [:]
    for (name, call) in [
      ("docker", DockerCLI.engineVersion), ("compose", DockerCLI.composeVersion),
    ] {
      if case .names(let names)? = await Self.ask(call, executor) { versions[name] = names.first }
    }
    self.versions = versions
    var paths = folders
    if case .names(let names)? = await Self.ask(DockerCLI.engineFolder, executor) { paths += names }
    var room: [String: Int] = [:]
    for path in paths {
      if case .bytes(let free)? = await Self.ask(DockerCLI.room(at: path), executor) {
        room[path] = free
      }
    }
    self.room = room
  }

  /// Limits what is said of single containers to the projects of these: the others on the machine
  /// do not concern a plan.
  mutating func limit(to containers: [Container]) {
    projects = Set(containers.compactMap(\.project))
  }

  /// Adds the version of the proxy's nginx.
  mutating func look(at nginx: NginxMaster) async {
    guard
      case .names(let names)? = await Self.ask(
        DockerCLI.version(of: nginx), executor)
    else { return }
    versions["nginx"] = names.first
  }

  private static func containers(by executor: any Executor) async throws -> [Container] {
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: .any, by: executor)
    return try await ComposeInspector(context: context).containers { $0.project != nil }
  }

  private static func ask(
    _ call: HostCall, _ executor: any Executor
  ) async -> HostAnswer.Value? {
    try? await executor.reply(to: call).value
  }

  // MARK: Rules

  static let rules: [InspectionRule<EngineFacts>] = [
    InspectionRule(
      "engine", .error, "engine", "the Docker engine cannot be used",
      needs: \.containers),
    InspectionRule(
      "version", .warning, "versions", "docker, Compose or nginx is older than bgrun needs",
      find: { facts in
        if facts.versions.isEmpty { throw Unknown() }
        return Self.needed.compactMap { name, needed, fix in
          guard let version = facts.versions[name], Release(version) < Release(needed) else {
            return nil
          }
          return Finding(
            "\(name) \(version) is older than \(needed), which bgrun needs", fix: fix)
        }
      }),
    InspectionRule(
      "disk", .warning, "disk", "less than 1 GiB is free for images, or for the project",
      find: { facts in
        if facts.room.isEmpty { throw Unknown() }
        return facts.room.sorted { $0.key < $1.key }.filter { $0.value < 1 << 30 }.map {
          path, free in
          Finding(
            "the disk of \(path == "." ? "the project" : path) has only \(free / 1_048_576) MiB left",
            why: "an image that does not fit fails its deploy, and a full disk stops everything",
            fix: "see what uses it, and remove what is not needed",
            lines: ["docker system df", "docker image prune"])
        }
      }),
    InspectionRule(
      "crash-loop", .error, "containers", "a container keeps restarting",
      find: { facts in
        let crashing = try facts.containers.known().filter { container in
          let isConcerned =
            facts.projects.map { $0.contains(container.project ?? "") } ?? true
          return isConcerned && container.isCrashing
        }
        return crashing.map { container in
          Finding(
            "\(container.service.isEmpty ? container.name : container.service) "
              + (container.isRunning
                ? "has been restarted \(container.restartCount) times" : container.fate),
            fix: "see why it ends",
            lines: ["docker logs --tail 50 \(container.name)"])
        }
      }),
    InspectionRule(
      "clock", .warning, "clock", "a container was started in the future: the clock was set back",
      find: { facts in
        let now = Timestamp.now
        let early = try facts.containers.known().first { container in
          (container.started?.seconds ?? 0) > now.seconds + 60
        }
        guard let early else { return [] }
        return [
          Finding(
            "\(early.name) was started at \(early.startedAt.prefix(19))Z, but it is \(now.iso) now",
            why: "bgrun compares ages of files, containers and nginx workers",
            fix: "synchronise the machine's clock", lines: ["sudo timedatectl set-ntp true"])
        ]
      }),
  ]

  private static let needed = [
    ("docker", "20.10", "update the Docker engine"),
    ("compose", "2.20", "update the docker-compose-plugin package"),
    (
      "nginx", "1.9.2", "use a newer image of nginx: before 1.9.2 it cannot print its configuration"
    ),
  ]

  /// The numbers of a program's version, for comparison: `2.40.3`.
  private struct Release: Comparable {
    let numbers: [Int]

    init(_ text: String) {
      numbers = text.split(separator: ".").map { part in
        Int(part.prefix { $0.isNumber }) ?? 0
      }
    }

    static func < (one: Release, other: Release) -> Bool {
      one.numbers.lexicographicallyPrecedes(other.numbers)
    }
  }
}
