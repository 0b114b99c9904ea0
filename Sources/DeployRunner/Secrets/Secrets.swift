import BgrunSystem
package import DeployDSL
import Synchronization

/// The secrets of a run: read once, when a command first needs them, and redacted in all output of
/// the run.
package final class Secrets: Sendable {
  /// Whether to replace missing secrets by placeholders.
  private let makesUp: Bool
  private let values = Mutex<[(secret: Secret, text: String)]>([])
  private let redactor = Mutex(Redactor())

  /// - Parameter known: the values that were read elsewhere.
  init(known: [Secret: String] = [:], makesUp: Bool = false) {
    self.makesUp = makesUp
    values.withLock { $0 = known.map { ($0.key, $0.value) } }
    redactor.withLock { redactor in for value in known.values { redactor.add(value) } }
  }

  /// Registers the plan's secrets that are already in the environment: a command may print one
  /// before any step needs it.
  func foresee(_ graph: StepGraph) {
    for case .environment(let name) in graph.secrets.map(\.source) {
      guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { continue }
      redactor.withLock { $0.add(value) }
    }
  }

  /// The values of a plan's parameters that may be written down: none of the plan's secrets.
  package static func publicValues(
    of parameters: [String: String], in graph: StepGraph
  ) -> [String: String] {
    let secrets = Secrets()
    secrets.foresee(graph)
    return parameters.filter { secrets.redact($0.value) == $0.value }
  }

  /// The request with the values of its secrets.
  ///
  /// - Throws: ``DeployError`` if a secret cannot be read.
  func reveal(
    in request: HostOperation.Request, by executor: any Executor
  ) async throws -> HostOperation.Request {
    guard var command = request.command else { return request }
    for (name, value) in command.environment {
      command.environment[name] = try await reveal(value, by: executor)
    }
    if let input = command.input { command.input = try await reveal(input, by: executor) }
    var revealed = request
    revealed.command = command
    return revealed
  }

  /// A command with the values of its secrets, read where this process runs.
  ///
  /// - Throws: ``DeployError`` if a secret cannot be read.
  package static func revealed(
    _ command: Command, by executor: any Executor
  ) async throws -> Command {
    try await Secrets().reveal(in: .command(command), by: executor).command ?? command
  }

  private func reveal(
    _ value: EnvironmentValue, by executor: any Executor
  ) async throws -> EnvironmentValue {
    if case .joined(let joined) = value {
      var text = ""
      for part in joined.parts {
        let known = try await reveal(part, by: executor)
        // Literal text from the plan is already escaped.
        let isRead = if case .secret = part { true } else { false }
        text += isRead && joined.escape == .curl ? known.text.escapedForCurl : known.text
      }
      return .revealed(.init(text))
    }
    guard case .secret(let secret) = value else { return value }
    if let known = values.withLock({ $0.first { $0.secret == secret }?.text }) {
      return .revealed(.init(known))
    }
    var text = try await read(secret, by: executor) ?? ""
    if text.isEmpty, makesUp { text = "simulated-secret" }
    guard !text.isEmpty else { throw Self.missing(secret) }
    redactor.withLock { [text] in $0.add(text) }
    values.withLock { $0.append((secret, text)) }
    return .revealed(.init(text))
  }

  static func missing(_ secret: Secret) -> DeployError {
    let fix =
      if secret.machine == .host { "set it on the host" } else if ThisHost.isCalled {
        "set it where bgrun starts, or on the host; a step with code of its own lists it in `secrets`"
      } else { "set it where bgrun starts, or use another source in the plan" }
    return DeployError(
      .environment, "the secret from \(secret.origin) is missing or empty", fix: fix)
  }

  /// Whether a secret is certainly missing here; commands are not run.
  static func lacks(_ secret: Secret, by executor: any Executor) async -> Bool {
    if case .command = secret.source { return false }
    return ((try? await Secrets().read(secret, by: executor)) ?? "").isEmpty
  }

  private func read(_ secret: Secret, by executor: any Executor) async throws -> String? {
    func reply(_ request: HostOperation.Request) async throws -> OperationResult {
      try await executor.perform(
        HostOperation(request, effect: .observe, timeout: .seconds(60))
      ) { _ in }
    }
    switch secret.source {
    case .environment(let name): return getenv(name).map { String(cString: $0) }
    case .file(let path):
      guard case .file(let snapshot) = try await reply(.readFile(path: path)),
        case .file(let bytes) = snapshot.content
      else { return nil }
      return Self.withoutLineEnd(String(decoding: bytes, as: UTF8.self))
    case .command(let argv):
      guard case .command(let result) = try await reply(.command(Command(argv))) else { return nil }
      guard result.succeeded || makesUp else {
        throw DeployError(
          .environment,
          "\(secret.origin), which provides a secret, failed with exit code \(result.status)",
          fix: "run it in a shell and fix its error",
          details: Array(
            result.errors.split(whereSeparator: \.isNewline).map(String.init).suffix(5)))
      }
      return Self.withoutLineEnd(result.output)
    }
  }

  /// The value of a secret where this process runs; `nil` if it is not available here: then the
  /// host of the run may have it.
  ///
  /// - Throws: ``DeployError`` if a command that provides it fails.
  package static func value(of secret: Secret, by executor: any Executor) async throws -> String? {
    do {
      let text = try await Secrets().read(secret, by: executor) ?? ""
      return text.isEmpty ? nil : text
    } catch is OperationError {
      return nil
    }
  }

  private static func withoutLineEnd(_ text: String) -> String {
    // In Swift, "\r\n" is a single character.
    text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  // MARK: Redaction

  private var current: Redactor { redactor.withLock { $0 } }

  func redact(_ text: String) -> String { current.redact(text) }

  /// A line shortened for a report; redacted before it is truncated, so that no part of a secret
  /// remains.
  func excerpt(_ line: String, width: Int = 200) -> String {
    redact(line).truncated(toWidth: width)
  }

  /// Redacts an output of the run: each event, journal record and report passes through here once.
  func redacted<Value: Redactable>(_ value: Value) -> Value {
    let redactor = current
    return redactor.isEmpty ? value : value.redacted(by: redactor)
  }
}
