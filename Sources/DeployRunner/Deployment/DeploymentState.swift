import DeployDSL
import Synchronization

/// What a run has found out and brought about: the facts that one step leaves for later ones.
final class DeploymentState: Sendable {
  struct Facts: Sendable {
    var project: ComposeProject?
    /// The colour that served when the run began.
    var active: Color?
    /// Whether the last look showed that what the run has brought about is so no more: the site file
    /// was changed, what served has ended, or the proxy gives bad answers.
    var isDisturbed = false
    /// Whether the engine was away until the undo gave up: nothing was seen of what serves.
    var isUnseen = false
    /// Whether the proxy was found not to run, the last time that it was looked at.
    var isProxyDown = false
    /// The services' containers when the run began.
    var containers: [String: Container] = [:]
    /// How many containers of each service ran when the run began.
    var running: [String: Int] = [:]
    var proxy: Proxy?
    /// Services whose start was cut off: the engine may still be carrying it out.
    var starting: Set<String> = []
    /// The lives of the target's services that passed the gate.
    var gated: [String: Container] = [:]
    /// How far the switch has come.
    var phase = CutoverPhase.untouched
    /// The proxy's workers that may still serve requests which began before the switch.
    var oldWorkers: Set<Int> = []
    /// The workers that took over at the last reload.
    var newWorkers: Set<Int> = []
    /// Why the proxy gave no answer before the switch, if it gave none.
    var silence: String?
    /// The status of the answer that proved the last reload.
    var answered: Int?
    /// Why the previous colour must not be stopped: somebody still uses it.
    var keepsPrevious: String?
    /// Whether the previous colour is being stopped: from here on there is no way back.
    var isCommitted = false
    /// Whether anything has been changed.
    var hasChanged = false
    var warnings: [String] = []

    /// The colour that is live in this phase, as far as the run's own doing goes.
    var serving: Color? { phase == .proved ? active?.other : active }
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
    /// The processes that served before the site file was written.
    var workers: Set<Int> = []
    /// Those of them that only finish what began before the last switch.
    var draining: Set<Int> = []
    /// What each colour's configuration sends requests to.
    var siteServices: [Color: SiteServices] = [:]
    /// Where requests can be sent from this machine; `nil` if it publishes no port.
    var endpoint: ProxyEndpoint?
  }

  private let facts = Mutex(Facts())
  private let runStore: RunStore

  init(_ runStore: RunStore) { self.runStore = runStore }

  var current: Facts { facts.withLock { $0 } }

  /// Changes facts; those that a later process needs are recorded, in the order of the changes.
  func update(_ change: @Sendable (inout Facts) -> Void) {
    facts.withLock { facts in
      let (active, phase, wasCommitted) = (facts.active, facts.phase, facts.isCommitted)
      change(&facts)
      if let now = facts.active, now != active { runStore.record(.active(now)) }
      if facts.phase != phase { runStore.record(.phase(facts.phase)) }
      if facts.isCommitted, !wasCommitted { runStore.record(.committed) }
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
