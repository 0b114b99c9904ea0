import DeployRunner

/// The processes of the simulated proxy: a master and generations of workers.
struct SimulatedNginx: Sendable {
  /// The workers that one reading of the configuration has started.
  struct Generation: Sendable {
    var number: Int
    var site: NginxSite
    var bytes: [UInt8]
    var workers: [Worker]
    /// Old workers accept until the master tells them to quit.
    var isAccepting = true
    /// The requests that it is still busy with.
    var connections: [Connection] = []
  }

  struct Worker: Sendable {
    var pid: Int
    var startedAt: Duration
  }

  /// A request in flight.
  struct Connection: Sendable {
    var id: Int
    /// What it is, for people: `a download of 6 s`.
    var name: String
    /// The container that answers it.
    var container: String
  }

  var masterPid = 0
  var startedAt: Duration = .zero
  /// The oldest first; the last one has the loaded configuration.
  var generations: [Generation] = []
  /// How many requests were answered: while two generations accept, they take turns.
  var requests = 0

  var loaded: Generation? { generations.last }
  var accepting: [Generation] { generations.filter(\.isAccepting) }
}
