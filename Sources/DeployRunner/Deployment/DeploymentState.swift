import DeployDSL
import Synchronization

/// What a run has found out and brought about: the facts that one step leaves for later ones.
final class DeploymentState: Sendable {
  struct Facts: Sendable {
    /// The Compose project, once it was read.
    var project: ComposeProject?
    /// What the run found when it began; `nil` until `DetectActive` has looked.
    var detected: Detected?
    /// How far the cutover has come; a run that resumes another knows it before it looks.
    var cutover = Cutover.untouched
    /// Why what the run has brought about may no longer hold; `nil` if nothing speaks against it.
    var doubt: Doubt?
    /// Services whose start was interrupted: the engine may still be carrying it out.
    var starting: Set<String> = []
    /// Whether anything has been changed.
    var hasChanged = false
    var warnings: [String] = []

    /// The colour that was active when the run began.
    var active: Color? { detected?.active }
    var proxy: Proxy? { detected?.proxy }
    /// The services' containers when the run began.
    var containers: [String: Container] { detected?.containers ?? [:] }
    /// The target's containers that passed the health check.
    var gated: [String: Container] { detected?.gated ?? [:] }
    var phase: CutoverPhase { cutover.phase }
    /// The colour that is live in this phase, as far as the run's own doing goes.
    var serving: Color? { phase == .proved ? active?.other : active }

    mutating func add(_ doubt: Doubt) { self.doubt = max(self.doubt ?? doubt, doubt) }

    /// The proxy was seen to run.
    mutating func seesProxy() { if doubt == .proxyDown { doubt = nil } }
  }

  /// What a run finds before it changes anything.
  struct Detected: Sendable {
    var active: Color
    var containers: [String: Container]
    /// How many containers of each service ran.
    var running: [String: Int]
    var proxy: Proxy
    var gated: [String: Container]
  }

  /// How far the cutover has come.
  enum Cutover: Sendable {
    /// The proxy serves what it served.
    case untouched
    /// The site file holds the target's configuration, or is about to; nothing has been reloaded.
    case written
    /// The reload was requested; the active colour is unknown.
    case reloading
    /// nginx kept the old configuration.
    case refused
    /// The new configuration answers.
    case switched(Switched)
    /// The previous colour is being stopped: from here on there is no way back.
    case committed(Switched)
    /// The old configuration is back, after the new one had been requested.
    case restored(ReloadProof)

    /// What an earlier run's journal says.
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

    /// What proved the configuration that is loaded now, if this run has loaded it.
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
    /// The proxy's workers that may still serve requests which began before the switch.
    var oldWorkers: Set<Int> = []
    /// Why the previous colour must not be stopped: requests still use it.
    var keepsPrevious: String?
  }

  /// What shows that the proxy has loaded its configuration.
  struct ReloadProof: Sendable {
    /// The workers that took over.
    var workers: Set<Int> = []
    /// The status of the answer that proved it; `nil` if no answer could.
    var status: Int?
  }

  /// Why what a run has brought about may no longer hold; the greater one counts.
  enum Doubt: Comparable, CaseIterable {
    /// The engine was away until the undo gave up: nothing was seen of what is live.
    case engineAway
    /// The proxy does not run.
    case proxyDown
    /// The site file was changed, the live service has ended, or the proxy gives bad answers.
    case disturbed
  }

  /// The proxy as the run found it.
  struct Proxy: Sendable {
    var container: Container
    /// The site file inside the container.
    var sitePath: String
    /// How the site file must be written.
    var method: FileWrite.Method
    /// The site file's content when the run began.
    var siteBytes: [UInt8]
    /// Whether the site file has no sources: then a switch rewrites the file itself.
    var isRewritten = false
    /// The processes that served before the site file was written.
    var workers: Set<Int> = []
    /// Those of them that only finish what began before the last switch.
    var draining: Set<Int> = []
    /// What each colour's configuration sends requests to.
    var siteServices: [Color: SiteServices] = [:]
    /// Where requests can be sent from this machine; `nil` if it publishes no port.
    var endpoint: ProxyEndpoint?
    /// Why it gave no answer before the switch, if it gave none.
    var silence: String?
  }

  private let facts = Mutex(Facts())
  private let runStore: RunStore

  init(_ runStore: RunStore) { self.runStore = runStore }

  var current: Facts { facts.withLock { $0 } }

  /// Changes facts; those that a later process needs are recorded, in the order of the changes.
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
  /// - Throws: a failure that says so, if the active colour is not known yet.
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
