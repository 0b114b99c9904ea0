import DeployDSL

/// An HTTP GET from inside a container, with curl or wget, whichever its image has.
struct ContainerHTTPProbe {
  let context: ActionContext
  let container: String
  let timeout: Duration

  /// The image has neither program.
  struct WithoutTools: Error, CustomStringConvertible {
    let container: String
    var description: String { "\(container) has neither curl nor wget" }
  }

  /// Sends one request; `nil` in a dry run.
  ///
  /// - Parameter host: The Host header, if it differs from the URL's host.
  func get(_ url: String, host: String?) async throws -> HTTPAnswer? {
    for tool in ["curl", "wget"] {
      let call = context.docker.get(
        url, host: host, inside: container, by: tool, within: timeout)
      let reply = try await context.perform(.call(call), .verify, timeout: timeout + .seconds(2))
      guard let result = reply.printed else { return nil }
      if case .http(let answer) = reply.value { return answer }
      if DockerErrorClassifier.lacksProgram(result) { continue }
      throw OperationError.noAnswer(
        reason: tool == "curl"
          ? CurlCommand.reason(for: result) : reason(result, url))
    }
    throw WithoutTools(container: container)
  }

  private func reason(_ result: CommandResult, _ url: String) -> String {
    let last = result.errors.lastLine
    return last.isEmpty ? "no answer from \(url)" : last
  }
}
