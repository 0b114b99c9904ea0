import DeployDSL
import DeployRunner

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the user's machine sends to ``HostEnd``, one message a line on its standard input.
enum HostRequest: Codable, Sendable {
  /// Runs a command; its output and exit code are the channel's own.
  case command(HostCommand)
  /// Starts a run that continues without the connection, or follows it from a line if it has started.
  case run(HostCommand, RunID?, from: Int)
  /// Follows a run, by default the newest one.
  case follow(HostCommand, RunID?, from: Int)
  /// Answers ``HostReply/ready(run:secrets:)``.
  case start([SecretValue])
  /// Passes a signal to the run.
  case signal(Int32)
  /// Answers the question in a line.
  case answer(line: Int, yes: Bool)
  /// Someone still follows.
  case alive
}

/// What ``HostEnd`` sends back, one message a line on its standard output.
enum HostReply: Codable, Sendable {
  /// A run can start, with these secrets from the user's machine.
  case ready(run: RunID, secrets: [Secret])
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
  var caller: String

  /// The options for this machine: the working folder is the project's.
  func options() throws(ToolError) -> Options {
    var options = try OptionParser.parse(arguments)
    options.project = Paths.current
    options.planName = plan
    options.isOnHost = true
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
  var secrets: [SecretValue]

  var values: [Secret: String] {
    Dictionary(secrets.map { ($0.secret, $0.value) }) { $1 }
  }
}

extension Encodable {
  /// The value as one line of JSON, without its end.
  var jsonLine: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map(Array.init) ?? []
  }
}

extension Decodable {
  /// The value of a line of JSON; `nil` if it is none.
  init?(jsonLine: some Collection<UInt8>) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(jsonLine)) else { return nil }
    self = value
  }
}
