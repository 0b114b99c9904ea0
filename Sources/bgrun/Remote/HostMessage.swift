import DeployDSL
import DeployRunner

/// What the user's machine sends to ``HostEnd``, one message a line on its standard input.
enum HostRequest: Codable, Sendable {
  /// Runs a command; its output and exit code are the channel's own.
  case command(HostCommand)
  /// Starts a run that continues without the connection, or follows it from a line if it has started.
  case run(HostCommand, RunID?, from: Int)
  /// Follows a run that a word names, by default the newest one.
  case follow(HostCommand, String?, from: Int)
  /// Answers ``HostReply/ready(run:)``, with the secrets from the user's machine.
  case start([SecretValue])
  /// Passes a signal to the run.
  case signal(Int32)
  /// Tells the run's process that someone can run the command that a line wants.
  case offer(line: Int, by: String)
  /// Tells the run's process a part of the answer to a line; parts may be told again.
  case answer(line: Int, part: Int, Answer)
  /// Someone still follows.
  case alive

  /// Whether it goes to the run's process as it is.
  var isForTheRun: Bool {
    switch self {
    case .offer, .answer: true
    default: false
    }
  }
}

/// What someone who follows a run answers to what it asks for.
enum Answer: Codable, Sendable {
  case approved(Bool)
  /// The command printed a line, or a piece of a long one.
  case printed(String, isError: Bool, isContinued: Bool)
  /// The command ended.
  case ended(status: Int32)
  /// The command could not be run.
  case failed(String)
}

/// What ``HostEnd`` sends back, one message a line on its standard output.
enum HostReply: Codable, Sendable {
  /// A run can start.
  case ready(run: RunID)
  /// The run has started.
  case started(RunID)
  /// A line of the run's events.
  case record(line: Int, String)
  /// Text that the run's process printed.
  case text(String)
  /// Nothing was started; the text for standard error.
  case refused(String, exitCode: Int32)
  /// The run has ended, and its last record was sent, unless it had no room on the disk.
  case ended(exitCode: Int32)
  /// The run's process is gone without an end.
  case lost(RunID)
}

/// A command line of the tool for the host.
struct HostCommand: Codable, Sendable {
  var arguments: [String]
  /// The plan as the user names it: `Plans/web.swift --on web1`.
  var plan: String
  /// Who asks: `ann@laptop`.
  var caller = "\(ThisHost.user)@\(ThisHost.name)"
  /// The values of secrets, for a command that reads them; a run gets them with its start.
  var secrets: [SecretValue] = []
  /// The files that are written into the project first.
  var files: [String: JournalBytes] = [:]
  /// What `plan` compares with, or `apply` carries out.
  var planned: PlannedFile?
  /// The command line as `plan` writes it down.
  var call: PlannedRun.Call?

  /// The options for this machine: the working folder is the project's.
  func options() throws(ToolError) -> Options {
    var options = try OptionParser.parse(arguments)
    options.project = Paths.current
    options.planName = plan
    options.isOnHost = true
    options.secrets = Dictionary(secrets.map { ($0.secret, $0.value) }) { $1 }
    options.files = files.mapValues(\.bytes)
    (options.planned, options.call) = (planned, call)
    return options
  }
}

/// The value of a secret on its way to the host; never on a disk.
struct SecretValue: Codable, Sendable {
  var secret: Secret
  var value: String
}

/// What a run's process gets on its standard input.
struct HostRun: Codable, Sendable {
  var command: HostCommand
  var run: RunID
}

extension Encodable {
  /// The value as one line of JSON, without its end.
  var jsonLine: [UInt8] { (try? jsonBytes()) ?? [] }
}

extension Decodable {
  /// The value of a line of JSON; `nil` if it is none.
  init?(jsonLine: some Collection<UInt8>) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(jsonLine)) else { return nil }
    self = value
  }
}
