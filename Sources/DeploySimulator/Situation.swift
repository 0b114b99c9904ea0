/// What the future of a simulated host depends on: from two equal situations, the same command ends
/// in the same way.
///
/// IDs, PIDs and inodes are replaced by their order, times by ages in which the gaps are whole
/// seconds, as in the ages of processes, and not longer than what makes a difference: all that the
/// engine compares are ages that differ by a few seconds.
struct Situation: Hashable, Sendable {
  /// The longest gap between two times that makes a difference.
  private static let longestGap: Duration = .seconds(20)

  private var containers: [SimulatedContainer]
  private let services: [SimulatedService]
  private let images: [SimulatedImage]
  private let networks: [SimulatedNetwork]
  private let nodes: [String]
  private let claims: [String: String]
  private let limits: [String]
  private var generations: [SimulatedNginx.Generation]
  private var masterAge: Duration
  /// Whose turn it is among workers that share a socket.
  private let turn: Int
  private let paths: [String]
  private var files: [SimulatedFiles.Inode]
  private let mountedFiles: [String: Int]

  /// Describes a host on which nothing is under way; `nil` for any other.
  init?(_ world: SimulatedState) {
    guard world.isAtRest else { return nil }
    let ids = Places(world.containers.map(\.id))
    let imageIDs = Places(world.images.map(\.id))
    let pids = Places(
      [world.nginx.masterPid] + world.nginx.generations.flatMap { $0.workers.map(\.pid) })
    let entries = world.files.entries.sorted { $0.key < $1.key }
    let inodes = Places(
      entries.compactMap { if case .file(let inode) = $0.value { inode } else { nil } }
        + world.mountedInodes.sorted { $0.key < $1.key }.map(\.value))

    services = world.services
    images = world.images.map { SimulatedImage(id: imageIDs.name(of: $0.id), name: $0.name) }
    (networks, nodes, claims) = (world.networks, world.nodes, world.claims)
    limits =
      world.forbiddenPaths.sorted() + world.newerImages.sorted() + world.missingImages.keys.sorted()
      + world.files.unwritable.keys.sorted()
      + [world.registryFailure ?? "", "\(world.files.isFull)", "\(world.refusesReloads)"]
    turn = world.nginx.requests % 2
    paths = entries.map { path, entry in
      switch entry {
      case .file(let inode): "\(path) \(inodes[inode])"
      case .link(let target): "\(path) -> \(target)"
      case .directory: "\(path)/"
      }
    }
    mountedFiles = world.mountedInodes.mapValues { inodes[$0] }
    containers = world.containers.map { container in
      var container = container
      container.forgetPast(
        id: ids.name(of: container.id), imageID: imageIDs.name(of: container.imageID),
        pid: pids[container.pid])
      return container
    }
    generations = world.nginx.generations.enumerated().map { number, generation in
      var generation = generation
      generation.number = number
      for index in generation.workers.indices {
        generation.workers[index].pid = pids[generation.workers[index].pid]
      }
      return generation
    }
    masterAge = world.nginx.startedAt
    files = inodes.all.compactMap { world.files.inodes[$0] }
    let ages = ages(before: world.now)
    relate { ages[$0] ?? $0 }
  }

  /// The age of each time, with gaps rounded up and long ones cut short.
  private func ages(before now: Duration) -> [Duration: Duration] {
    var (copy, times) = (self, Set<Duration>())
    copy.relate { time in
      times.insert(time)
      return time
    }
    var (ages, age, later): ([Duration: Duration], Duration, Duration) = ([:], .zero, now)
    for time in times.sorted(by: >) {
      age += min(.seconds(((later - time) / .seconds(1)).rounded(.up)), Self.longestGap)
      (ages[time], later) = (age, time)
    }
    return ages
  }

  /// Replaces each time.
  private mutating func relate(_ age: (Duration) -> Duration) {
    for index in containers.indices { containers[index].changeTimes(age) }
    for index in generations.indices {
      for worker in generations[index].workers.indices {
        generations[index].workers[worker].startedAt = age(
          generations[index].workers[worker].startedAt)
      }
    }
    for index in files.indices { files[index].changed = age(files[index].changed) }
    masterAge = age(masterAge)
  }

  /// Things that differ, by their order.
  private struct Places<Thing: Hashable> {
    private(set) var all: [Thing] = []
    private var places: [Thing: Int] = [:]

    init(_ things: [Thing]) {
      for thing in things where places[thing] == nil {
        places[thing] = all.count
        all.append(thing)
      }
    }

    subscript(thing: Thing) -> Int { places[thing] ?? -1 }

    func name(of thing: Thing) -> String { "\(self[thing])" }
  }
}

extension SimulatedState {
  /// Whether nothing will change on its own.
  fileprivate var isAtRest: Bool {
    engineReturns == nil && nginx.generations.allSatisfy(\.connections.isEmpty)
      && containers.allSatisfy { $0.job == nil && $0.programs.isEmpty }
      && isQuiet
  }
}
