import DeployDSL
package import DeployRunner

/// A container of the simulated engine.
package struct SimulatedContainer: Hashable, Sendable {
  /// The states that Docker knows and the simulation has.
  package enum State: String, Hashable, Sendable {
    /// Made and not started.
    case created
    /// Started.
    case running
    /// Ended, and waiting to be started again by its restart policy.
    case restarting
    /// Frozen.
    case paused
    /// Ended.
    case exited
  }

  /// Docker's own opinion of its health.
  package enum Health: String, Hashable, Sendable {
    /// No good answer yet.
    case starting
    /// The last answer was good.
    case healthy
    /// Too many answers were bad.
    case unhealthy
  }

  /// The ID: 64 hexadecimal digits.
  package let id: String
  /// The name.
  package let name: String
  /// The service as it was when the container was made.
  package internal(set) var service: SimulatedService
  /// The image's name, variables replaced.
  package let image: String
  /// The image's ID.
  package let imageID: String
  /// When it was made, as time since the clock's start; negative if it was there before.
  package private(set) var created: Duration
  /// Whether it runs.
  package internal(set) var state = State.created
  /// When it was last started.
  package internal(set) var startedAt: Duration?
  /// When it last ended.
  package internal(set) var finishedAt: Duration?
  /// How often its restart policy has started it again.
  package internal(set) var restartCount = 0
  /// The last exit code.
  package internal(set) var exitCode = 0
  /// Docker's opinion of its health; `nil` without a health check.
  package internal(set) var health: Health?
  /// Why it could not be started; empty if it could.
  package internal(set) var error = ""
  /// What its application has printed.
  package internal(set) var log: [OutputLine] = []
  /// Whether its application accepts connections.
  package internal(set) var isListening = false
  /// Whether it was asked to end and has not yet: the engine kills it when its grace is over,
  /// whatever becomes of the client that asked.
  package internal(set) var isBeingStopped = false
  /// The last number of its address in the project's network, while it runs.
  package internal(set) var address: Int?
  /// The host's number of its first process, while it runs.
  package internal(set) var pid = 0

  /// Programs that run in it besides its own, because nothing has ended them.
  package internal(set) var programs: [Program] = []
  /// The run and step that began it, if it is a job's.
  var job: String?

  /// A program that was run in a container.
  package struct Program: Hashable, Sendable {
    /// The host's number of its process.
    package var pid: Int
    /// What marks it in its environment.
    package var mark: String
    /// The program and its arguments.
    package var argv: [String]
  }

  /// Rises at each start and end, so that what was planned for an earlier life is dropped.
  var life = 0
  var failingStreak = 0
  /// What the next restart waits, doubled each time as the engine does.
  var backoff: Duration = .milliseconds(100)

  init(
    id: String, name: String, service: SimulatedService, image: String, imageID: String,
    created: Duration
  ) {
    self.id = id
    self.name = name
    self.service = service
    self.image = image
    self.imageID = imageID
    self.created = created
  }

  mutating func age(by time: Duration) {
    created -= time
    startedAt = startedAt.map { $0 - time }
  }

  /// Whether its process is there: running, or frozen.
  var hasProcess: Bool { state == .running || state == .paused }

  /// Whether a request to its application is answered with a status below 400 now.
  package var isHealthy: Bool { answer.map { $0.status < 400 } ?? false }

  /// The version: what follows the colon in the image's name.
  package var version: String {
    guard let colon = image.lastIndex(of: ":"), !image[colon...].contains("/") else {
      return "latest"
    }
    return String(image[image.index(after: colon)...])
  }

  /// What its application answers to a GET now; `nil` if it does not listen or is frozen.
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
  /// The name with its tag; `nil` if it has none: it dangles.
  package var name: String?
}

/// A network of the simulated engine.
package struct SimulatedNetwork: Hashable, Sendable {
  /// The name.
  package var name: String
  /// The Compose project that made it, if one did.
  package var project: String?
}
