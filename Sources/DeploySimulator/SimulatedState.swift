package import DeployDSL
package import DeployRunner

/// The state of a simulated host at one time: containers, images, networks, files and the proxy.
///
/// Change it only through ``SimulatedHost/change(_:)`` and ``SimulatedHost/at(_:_:)``.
public struct SimulatedState: Sendable {
  /// The application deployed on it.
  package let application: Application
  /// The Compose project's name.
  package let projectName: String
  /// The time since the clock's start.
  package private(set) var now: Duration = .zero

  /// What is mounted into the proxy.
  package var mounts: [Container.Mount] = []
  /// Whether the site file is mounted into the proxy at all. Default: yes.
  package var mountsSite = true
  /// Whether the proxy's main configuration includes the site file inside `http { … }`, the correct
  /// place. Default: yes.
  package var includesSiteInsideHTTP = true
  /// Further files of the proxy, by their paths inside it. Default: none.
  ///
  /// `/etc/nginx/nginx.conf` replaces the main configuration, which otherwise includes only the
  /// site file. A mount hides them.
  package var nginxFiles: [String: String] = [:]
  /// nginx's main file, by its path there. Default: `/etc/nginx/nginx.conf`.
  var mainConfiguration = NginxConfiguration.main
  /// Whether names with a dot that no container has lead to other machines, which do not answer.
  /// Default: they do not exist.
  package var knowsOtherHosts = false
  /// Whether the proxy's master rejects every new configuration although `nginx -s reload` exits
  /// with 0, as it does when a port is taken. Default: no.
  package var refusesReloads = false
  /// How long the proxy's master takes from reading its files to starting new workers. Default: no
  /// time.
  package var reloadTime: Duration = .zero
  /// The systemd service that manages nginx on the machine itself, with `proxy: .host`; `nil` if it
  /// was started manually. Default: `nginx.service`.
  package var nginxUnit: String? = "nginx.service"
  /// The user that bgrun runs as. Default: root.
  package var user = 0
  /// Paths that this user may not write to. Default: none.
  package var forbiddenPaths: Set<String> = []
  /// nginx's `worker_shutdown_timeout`: when old workers cut their remaining requests. Default:
  /// never.
  package var workerShutdownTimeout: Duration?
  /// The reason why the registry is unreachable; `nil` if it is reachable. Default: reachable.
  package var registryFailure: String?

  /// The versions of docker, Compose and nginx.
  package var versions = ["docker": "28.0.0", "compose": "2.40.3", "nginx": "1.28.0"]
  /// The free bytes of every disk, unless the disk is full.
  package var freeSpace = 100 << 30

  /// The files that `docker compose --env-file` named when the containers were created.
  package var environmentFiles: [String] = []
  /// The folder that `docker compose --project-directory` named then; `nil` for the project's.
  package var namedFolder: String?

  /// How far the times that the engine reports are ahead of its clock.
  package var aheadOfTime: Duration = .zero

  /// The nodes of the Swarm that are up, if the plan names one; the first is the manager.
  package internal(set) var nodes: [String] = []

  /// The configs of the Swarm that claim an application, with their texts.
  var claims: [String: String] = [:]

  /// When the engine becomes available again; `nil` if it is available.
  var engineReturns: Duration?

  /// The services of the Compose file.
  package internal(set) var services: [SimulatedService] = []
  /// All containers, oldest first.
  package internal(set) var containers: [SimulatedContainer] = []
  /// All images.
  package internal(set) var images: [SimulatedImage] = []
  /// The networks that users created.
  package internal(set) var networks: [SimulatedNetwork] = []
  /// All changes, oldest first.
  package internal(set) var timeline: [TimelineEntry] = []
  /// The outages: times without a good answer from the proxy after it had answered before.
  package internal(set) var outages: [Outage] = []
  /// Requests that were cut off by the exit of the container that answered them.
  package internal(set) var cutRequests: [TimelineEntry] = []

  var files: SimulatedFiles
  var nginx = SimulatedNginx()
  /// The inodes of the files mounted into the proxy, by their paths there.
  var mountedInodes: [String: Int] = [:]
  /// Images that do not exist anywhere, by name, with the engine's error.
  var missingImages: [String: String] = [:]
  /// Images with a newer version in the registry than on the host.
  var newerImages: Set<String> = []
  /// The operation that causes the current change; `nil` for changes without an operation.
  var cause: String?
  private var agenda: [ScheduledEvent] = []
  private var counter = 0

  init(application: Application, projectName: String, folder: String) {
    self.application = application
    self.projectName = projectName
    if application.swarm != nil { nodes = ["node1", "node2", "node3"] }
    files = SimulatedFiles(folder: folder)
  }

  /// The name of the simulated service that is the proxy.
  package var proxyName: String {
    switch application.proxy.place {
    case .service(let name), .container(let name): name
    case .host: "nginx"
    }
  }

  /// Whether the proxy runs on the machine itself.
  var isProxyOnMachine: Bool { application.proxy.place == .host }

  /// Whether 127.0.0.1 is the machine for the proxy.
  package var isProxyInHostNetwork: Bool {
    isProxyOnMachine || services.contains { $0.name == proxyName && $0.isInHostNetwork }
  }

  /// The project folder's path.
  package var folder: String { files.folder }

  // MARK: Time

  /// A scheduled event.
  private struct ScheduledEvent: Sendable {
    var at: Duration
    var order: Int
    var cause: String?
    /// What it belongs to; `nil` for what happens in any case.
    var owner: EventOwner?
    var action: @Sendable (inout SimulatedState) -> Void
  }

  /// The life of a container, between two starts, that an event belongs to: in another one it does not
  /// happen.
  struct EventOwner: Sendable {
    var container: String
    var life: Int
    /// Whether it is one of Docker's health checks, which are repeated as long as the container runs.
    var isHealthCheck = false
  }

  /// Schedules an event; one that happens on its own has no operation as its cause.
  mutating func schedule(
    after delay: Duration, isNatural: Bool = false, of owner: EventOwner? = nil,
    _ action: @escaping @Sendable (inout SimulatedState) -> Void
  ) {
    counter += 1
    agenda.append(
      ScheduledEvent(
        at: now + delay, order: counter, cause: isNatural ? nil : cause, owner: owner,
        action: action))
  }

  /// Whether no event is to come, except health checks that find what the last one has found.
  var isQuiet: Bool {
    agenda.allSatisfy { event in
      guard let owner = event.owner else { return false }
      guard let container = containers.first(where: { $0.id == owner.container }),
        container.life == owner.life
      else { return true }
      return owner.isHealthCheck && container.isHealthy && container.health == .healthy
    }
  }

  /// Performs all due events, each at its own time.
  mutating func advance(to time: Duration) {
    let saved = cause
    while let next = agenda.indices.min(by: { earlier($0, $1) }), agenda[next].at <= time {
      let happening = agenda.remove(at: next)
      now = max(now, happening.at)
      cause = happening.cause
      happening.action(&self)
    }
    cause = saved
    now = max(now, time)
  }

  private func earlier(_ left: Int, _ right: Int) -> Bool {
    let (one, two) = (agenda[left], agenda[right])
    return one.at == two.at ? one.order < two.order : one.at < two.at
  }

  // MARK: Numbers

  /// A new number.
  mutating func number() -> Int {
    counter += 1
    return counter
  }

  /// New 64 hexadecimal digits, the same in every run.
  mutating func digits() -> String {
    var seed = UInt64(number()) &* 0x9E37_79B9_7F4A_7C15
    var text = ""
    for _ in 0..<4 {
      seed = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      seed = (seed ^ (seed >> 27)) &* 0x94D0_49BB_1331_11EB
      seed ^= seed >> 31
      let word = String(seed, radix: 16)
      text += String(repeating: "0", count: 16 - word.count) + word
    }
    return text
  }

  // MARK: Record

  /// Records a change, and the outage that it starts or ends.
  mutating func note(_ what: String) {
    let view = view
    timeline.append(
      TimelineEntry(
        at: now, what: what, cause: cause, serving: view.serving, loaded: view.loaded,
        running: containers.filter { $0.state == .running && $0.job == nil }.map {
          "\($0.service.id)"
        }))
    let isAnswering = view.isAnswering
    if answering.last?.isGood != isAnswering { answering.append((now, isAnswering)) }
    if isAnswering {
      if let last = outages.indices.last, outages[last].ended == nil { outages[last].ended = now }
      hasAnswered = true
    } else if hasAnswered, outages.last.map({ $0.ended != nil }) ?? true {
      outages.append(Outage(began: now, ended: nil, what: what, cause: cause))
    }
  }

  private var hasAnswered = false
  /// The times at which good answers began or ended.
  private var answering: [(at: Duration, isGood: Bool)] = []

  /// The answers to requests that clients send at equal intervals, from a time until now.
  ///
  /// Nothing happens on the host for them: they change no other request's answer.
  func answers(from begin: Duration, every interval: Duration) -> [ProbeAnswer] {
    var changes = answering[...]
    var isGood = changes.first?.isGood ?? view.isAnswering
    var answers: [ProbeAnswer] = []
    var at = begin
    repeat {
      while let next = changes.first, next.at <= at {
        isGood = next.isGood
        changes = changes.dropFirst()
      }
      answers.append(
        ProbeAnswer(
          at: at - begin, time: .milliseconds(1), isGood ? .http(200) : .none("no good answer")))
      at += interval
    } while at <= now
    return answers
  }
}

extension SimulatedState {
  /// How the site file is mounted into the proxy.
  package enum SiteMount: String, Hashable, Sendable {
    /// The file itself is mounted: the proxy follows the inode, and misses a rename.
    case file
    /// Its folder is mounted: the proxy sees a rename.
    case folder
  }

  /// A change on a simulated host.
  package struct TimelineEntry: Hashable, Sendable {
    /// When, since the clock's start.
    package var at: Duration
    /// What changed: `grafana-green started`.
    package var what: String
    /// The operation that caused it; `nil` if none did.
    package var cause: String?
    /// The colour that gave a good answer through the proxy afterwards.
    package var serving: Color?
    /// The colour that the proxy's loaded configuration named afterwards.
    package var loaded: Color?
    /// The services that ran afterwards.
    package var running: [String]
  }

  /// A time without a good answer through the proxy.
  package struct Outage: Hashable, Sendable, CustomStringConvertible {
    /// When it began, since the clock's start.
    package var began: Duration
    /// When it ended; `nil` if it lasts.
    package var ended: Duration?
    /// The change that started it.
    package var what: String
    /// The operation that caused it; `nil` if none did.
    package var cause: String?

    /// The outage as one sentence.
    package var description: String {
      let length = ended.map { "for \(($0 - began).forPeople)" } ?? "until now"
      return "no answer from \(began.forPeople) on \(length): \(what)"
        + (cause.map { " (by: \($0))" } ?? " (on its own)")
    }
  }
}
