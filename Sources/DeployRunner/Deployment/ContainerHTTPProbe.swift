import DeployDSL

/// An HTTP GET from inside a container, by whichever of curl and wget its image has.
struct ContainerHTTPProbe {
  let context: ActionContext
  let container: String
  let timeout: Duration

  /// How the reason ends where neither program is there.
  static let withoutTools = "has neither curl nor wget to ask with"

  private var seconds: String { "\(max(1, Int(timeout.inSeconds.rounded(.up))))" }

  /// Asks once; `nil` in a dry run.
  func get(_ url: String) async throws -> HTTPAnswer? {
    let curl = [
      "curl", "--silent", "--show-error", "--max-time", seconds,
      "--write-out", CurlCommand.withRedirect, url,
    ]
    guard let result = try await run(curl) else { return nil }
    if result.succeeded {
      return CurlCommand.answer(in: result.output) ?? HTTPAnswer(status: 0, body: result.output)
    }
    if !Self.isMissing(result) {
      throw OperationError.noAnswer(reason: CurlCommand.reason(for: result))
    }
    let wget = ["wget", "-q", "-O", "-", "-T", seconds, url]
    guard let result = try await run(wget) else { return nil }
    if result.succeeded { return HTTPAnswer(status: 200, body: result.output) }
    if !Self.isMissing(result) {
      // `wget: server returned error: HTTP/1.1 404 Not Found`
      let status = result.errors.firstRange(of: "HTTP/1.").map {
        result.errors[$0.upperBound...]
      }?
      .split(separator: " ").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
      if let status { return HTTPAnswer(status: status, body: "") }
      throw OperationError.noAnswer(reason: reason(result, url))
    }
    throw OperationError.noAnswer(
      reason: "\(container) \(Self.withoutTools)")
  }

  private func run(_ argv: [String]) async throws -> CommandResult? {
    // The tool ends itself inside the container: ending `docker exec` would leave it running.
    let command = context.docker.exec(container, argv)
    let reply = try await context.perform(
      .command(command), .verify, timeout: timeout + .seconds(2))
    guard case .command(let result) = reply else { return nil }
    return result
  }

  private func reason(_ result: CommandResult, _ url: String) -> String {
    let last = result.errors.lastLine
    return last.isEmpty ? "no answer from \(url)" : last
  }

  private static func isMissing(_ result: CommandResult) -> Bool {
    (result.status == 126 || result.status == 127)
      && (result.errors + result.output).contains("executable file not found")
  }
}
