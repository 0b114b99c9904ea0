import DeployDSL
import Synchronization

/// What a run has found and done: the facts that a step leaves for later ones.
final class DeploymentState: Sendable {
  struct Facts: Sendable {
    /// The Compose project, once read.
    var project: ComposeProject?
    /// What the run found at its start; `nil` until `DetectActive` has run.
    var detected: Detected?
    /// The phase of the cutover; a resuming run knows it before it inspects the host.
    var cutover = Cutover.untouched
    /// Why the result of the run may no longer hold; `nil` if it does.
    var doubt: Doubt?
    /// Services whose start was interrupted: the engine may still be starting them.
    var starting: Set<ServiceID> = []
    /// Whether anything has been changed.
    var hasChanged = false
    /// Why the previous colour must not be stopped; `nil` if it may be.
    var kept: Kept?
    var warnings: [String] = []

    /// The colour that was active when the run started.
    var active: Color? { detected?.active }
    var proxy: Proxy? { detected?.proxy }
    /// The services' containers when the run started, by number; those of one service are its
    /// replicas.
    var containers: [ServiceID: [Container]] { detected?.containers ?? [:] }
    /// The target's containers that passed the health check.
    var gated: [ServiceID: [Container]] { detected?.gated ?? [:] }
    var phase: CutoverPhase { cutover.phase }
    /// The colour that is live in this phase, as far as this run's own actions determine it.
    var serving: Color? { phase == .proved ? active?.other : active }

    /// The version that was active when the run started, and the one that it deploys.
    func versions(of application: Application) -> VersionChange {
      guard let active else { return VersionChange() }
      let deployed = gated[application.serviceID(active.other)].main.map(Version.init)
      return VersionChange(
        from: containers[application.serviceID(active)].main.map(Version.init),
        to: deployed ?? detected?.planned)
    }

    mutating func add(_ doubt: Doubt) { self.doubt = max(self.doubt ?? doubt, doubt) }

    /// The proxy was seen running.
    mutating func seesProxy() { if doubt == .proxyDown { doubt = nil } }
  }

  /// The previous colour still serves requests from before the switch.
  struct Kept: Sendable {
    /// `2 old nginx workers still serve requests that began before the switch`.
    var reason: String
    /// Whether the plan wants it so: then nothing is incomplete.
    var isPlanned: Bool
  }

  /// What a run finds before it changes anything.
  struct Detected: Sendable {
    var active: Color
    var containers: [ServiceID: [Container]]
    var proxy: Proxy
    var gated: [ServiceID: [Container]]
    /// When the last health check was passed in this run.
    var gatedAt: Duration?
    /// The version that the run is going to deploy, as far as it is known before it starts.
    var planned: Version?
  }

  /// The phase of the cutover.
  enum Cutover: Sendable {
    /// The proxy still has its initial configuration.
    case untouched
    /// The site file holds the target's configuration, or is about to; nothing has been reloaded.
    case written
    /// The reload was requested; the active colour is unknown.
    case reloading
    /// nginx kept the old configuration.
    case refused
    /// The new configuration answers.
    case switched(Switched)
    /// The previous colour is being stopped: the run can no longer be rolled back.
    case committed(Switched)
    /// The old configuration is restored, after the new one had been requested.
    case restored(ReloadProof)

    /// The phase according to an earlier run's journal.
    init(_ phase: CutoverPhase, isCommitted: Bool, oldWorkers: Set<Int> = []) {
      let switched = Switched(oldWorkers: oldWorkers)
      switch phase {
      case .untouched: self = .untouched
      case .written: self = .written
      case .reloading: self = .reloading
      case .refused: self = .refused
      case .proved: self = isCommitted ? .committed(switched) : .switched(switched)
      case .restored: self = .restored(ReloadProof())
      }
    }

    /// The name in the journal.
    var phase: CutoverPhase {
      switch self {
      case .untouched: .untouched
      case .written: .written
      case .reloading: .reloading
      case .refused: .refused
      case .switched, .committed: .proved
      case .restored: .restored
      }
    }

    var isCommitted: Bool { if case .committed = self { true } else { false } }

    /// What is known since the switch; `nil` before it and after a rollback.
    var switched: Switched? {
      get {
        switch self {
        case .switched(let switched), .committed(let switched): switched
        default: nil
        }
      }
      set {
        guard let newValue else { return }
        switch self {
        case .switched: self = .switched(newValue)
        case .committed: self = .committed(newValue)
        default: break
        }
      }
    }

    /// The proof of the current configuration, if this run has loaded it.
    var proof: ReloadProof? {
      if case .restored(let proof) = self { proof } else { switched?.proof }
    }

    /// The previous colour is about to be stopped.
    mutating func commit() {
      if case .switched(let switched) = self { self = .committed(switched) }
    }
  }

  /// What is known since the switch.
  struct Switched: Sendable {
    var proof = ReloadProof()
    /// The proxy's workers that may still serve requests from before the switch.
    var oldWorkers: Set<Int> = []
  }

  /// The proof that the proxy has loaded its configuration.
  struct ReloadProof: Sendable {
    /// The workers that took over.
    var workers: Set<Int> = []
    /// The status of the proving answer; `nil` if no answer could prove it.
    var status: Int?
  }

  /// Why the result of a run may no longer hold; the greater value wins.
  enum Doubt: Comparable, CaseIterable {
    /// The engine was unavailable until the undo gave up: the live colour was not observed.
    case engineAway
    /// The proxy is not running.
    case proxyDown
    /// The site file was changed, the live service has exited, or the proxy gives bad answers.
    case disturbed
  }

  /// The proxy as the run found it.
  struct Proxy: Sendable {
    var running: RunningProxy
    /// The path by which nginx reads the site file: inside its container, if it has one.
    var sitePath: String
    /// How the site file must be written.
    var method: FileWrite.Method
    /// The site file's content when the run started.
    var siteBytes: [UInt8]
    /// Whether the site file has no sources: then a switch rewrites the file in place.
    var isRewritten = false
    /// What nginx's files do with its variables, if a rewritten site file only sets some.
    var uses = SiteRewrite.Uses()
    /// The content for each colour that the plan generates; `nil` if it does not.
    var generated: [Color: [UInt8]]?
    /// The workers from before the site file was written.
    var workers: Set<Int> = []
    /// Those of them that only finish requests from before the previous switch.
    var draining: Set<Int> = []
    /// Where each colour's configuration sends requests.
    var siteServices: [Color: SiteServices] = [:]
    /// The site file's sources; empty if it has none.
    var sources: [Color: [UInt8]] = [:]
    /// Where this machine reaches the proxy; `nil` if it publishes no port.
    var endpoint: ProxyEndpoint?
    /// The path whose answers show whether it leads to the application, chosen before the switch so that
    /// answers can be compared; `nil` if none is known.
    var provingPath: String?
    /// How it logs the application's requests, as far as a tested configuration shows.
    var log: NginxLog?
    /// Why it gave no answer before the switch, if it gave none.
    var silence: String?
  }

  private let facts = Mutex(Facts())
  private let runStore: RunStore

  init(_ runStore: RunStore) { self.runStore = runStore }

  var current: Facts { facts.withLock { $0 } }

  /// Changes facts; those that a later process needs are recorded, in order.
  func update(_ change: @Sendable (inout Facts) -> Void) {
    facts.withLock { facts in
      let (active, phase) = (facts.active, facts.phase)
      let wasCommitted = facts.cutover.isCommitted
      change(&facts)
      if let now = facts.active, now != active { runStore.record(.active(now)) }
      if facts.phase != phase { runStore.record(.phase(facts.phase)) }
      if facts.cutover.isCommitted, !wasCommitted { runStore.record(.committed) }
    }
  }

  /// The colour of a role.
  ///
  /// - Throws: ``DeployError`` if the active colour is not known yet.
  func color(_ role: Role) throws -> Color {
    let facts = current
    guard let active = facts.active else {
      throw DeployError(
        .plan, "the \(role.rawValue) colour is not known yet",
        fix: "put DetectActive() before this step")
    }
    switch role {
    case .target: return active.other
    case .previous: return active
    case .active: return facts.serving ?? active
    }
  }
}

extension [Container]? {
  /// One of a service's containers, if possible a running one.
  var main: Container? { self?.main }
}

extension [Container] {
  /// One of a service's containers, if possible a running one.
  var main: Container? { first(where: \.isRunning) ?? first }

  /// The running ones.
  var running: [Container] { filter(\.isRunning) }
}
