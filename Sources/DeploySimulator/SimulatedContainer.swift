import DeployDSL
package import DeployRunner

/// A container of the simulated engine.
package struct SimulatedContainer: Hashable, Sendable {
  /// Docker's container states that the simulation supports.
  package enum State: String, Hashable, Sendable {
    /// Created and not started.
    case created
    /// Started.
    case running
    /// Exited, and waiting for its restart policy to start it.
    case restarting
    /// Frozen by `docker pause`.
    case paused
    /// Exited.
    case exited
  }

  /// Docker's health status.
  package enum Health: String, Hashable, Sendable {
    /// No good answer yet.
    case starting
    /// The last answer was good.
    case healthy
    /// Too many answers in a row were bad.
    case unhealthy
  }

  /// The ID: 64 hexadecimal digits.
  package private(set) var id: String
  /// The name.
  package let name: String
  /// The service as it was when the container was created.
  package internal(set) var service: SimulatedService
  /// The image's name, after interpolation.
  package let image: String
  /// The image's ID.
  package private(set) var imageID: String
  /// Its number among the containers of its service, from 1.
  package let number: Int
  /// Its state.
  package internal(set) var state = State.created
  /// When it was last started.
  package internal(set) var startedAt: Duration?
  /// The number of restarts by its restart policy.
  package internal(set) var restartCount = 0
  /// The last exit code.
  package internal(set) var exitCode = 0
  /// Docker's health status; `nil` without a health check.
  package internal(set) var health: Health?
  /// The reason why it failed to start; empty if it started.
  package internal(set) var error = ""
  /// The output of its application.
  package internal(set) var log: [OutputLine] = []
  /// Whether its application accepts connections.
  package internal(set) var isListening = false
  /// Whether it is being stopped: the engine kills it after the grace period, even if the client
  /// that asked is gone.
  package internal(set) var isBeingStopped = false
  /// The last octet of its address in the project's network, while it runs.
  package internal(set) var address: Int?
  /// The host PID of its first process, while it runs.
  package internal(set) var pid = 0

  /// Further programs that still run in it.
  package internal(set) var programs: [Program] = []
  /// The node of the Swarm that it is on; `nil` outside of one.
  package internal(set) var node: String?
  /// Whether that node is gone.
  package internal(set) var isLost = false
  /// The run and step that started it, if it belongs to a job.
  var job: String?

  /// A program started in a container.
  package struct Program: Hashable, Sendable {
    /// The host PID of its process.
    package var pid: Int
    /// The marker in its environment.
    package var mark: String
    /// The program and its arguments.
    package var argv: [String]
  }

  /// Incremented at each start and exit, so that events scheduled for an earlier life are dropped.
  var life = 0
  var failingStreak = 0
  /// The delay of the next restart, doubled each time as in Docker.
  var backoff: Duration = .milliseconds(100)

  mutating func age(by time: Duration) { changeTimes { $0 - time } }

  /// Leaves out what makes no difference to what comes.
  mutating func forgetPast(id: String, imageID: String, pid: Int) {
    (self.id, self.imageID, self.pid) = (id, imageID, pid)
    (life, log) = (0, [])
  }

  /// Replaces each of its times.
  mutating func changeTimes(_ change: (Duration) -> Duration) {
    startedAt = startedAt.map(change)
  }

  /// What a time line calls it: its service, or its own name if it belongs to a job.
  var title: String { job == nil ? "\(service.id)" : "the job's container \(name)" }

  /// Whether its process exists, running or paused.
  var hasProcess: Bool { state == .running || state == .paused }

  /// Whether its application currently answers requests with a status below 400.
  package var isHealthy: Bool { answer.map { $0.status < 400 } ?? false }

  /// The version: the image's tag.
  package var version: String {
    guard let colon = image.lastIndex(of: ":"), !image[colon...].contains("/") else {
      return "latest"
    }
    return String(image[image.index(after: colon)...])
  }

  /// The application's current answer to a GET; `nil` if it does not listen or is paused.
  var answer: HTTPAnswer? {
    guard state == .running, isListening else { return nil }
    switch service.behavior {
    case .healthy, .crashing:
      return HTTPAnswer(status: 200, body: #"{"database":"ok","version":"\#(version)"}"#)
    case .unhealthy(let status):
      return HTTPAnswer(status: status, body: #"{"database":"failing","version":"\#(version)"}"#)
    case .deaf: return nil
    }
  }
}

/// An image of the simulated engine.
package struct SimulatedImage: Hashable, Sendable {
  /// The ID: `sha256:` and 64 hexadecimal digits.
  package var id: String
  /// The name with its tag; `nil` for a dangling image.
  package var name: String?
}

/// A network of the simulated engine.
package struct SimulatedNetwork: Hashable, Sendable {
  /// The name.
  package var name: String
  /// The Compose project that created it, if any.
  package var project: String?
}
