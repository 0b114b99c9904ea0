/// The processes of the simulated proxy: a master and generations of workers.
struct SimulatedNginx: Sendable {
  /// The workers started with one configuration.
  struct Generation: Hashable, Sendable {
    var number: Int
    var site: NginxSite
    var bytes: [UInt8]
    var workers: [Worker]
    /// Old workers accept until the master tells them to quit.
    var isAccepting = true
    /// Its requests in flight.
    var connections: [Connection] = []
  }

  struct Worker: Hashable, Sendable {
    var pid: Int
    var startedAt: Duration
  }

  /// A request in flight.
  struct Connection: Hashable, Sendable {
    var id: Int
    /// A description: `a download of 6 s`.
    var name: String
    /// The container that answers it.
    var container: String
  }

  var masterPid = 0
  var startedAt: Duration = .zero
  /// Oldest first; the last one has the loaded configuration.
  var generations: [Generation] = []
  /// The number of answered requests: while two generations accept, they alternate.
  var requests = 0

  var loaded: Generation? { generations.last }
  var accepting: [Generation] { generations.filter(\.isAccepting) }
}
