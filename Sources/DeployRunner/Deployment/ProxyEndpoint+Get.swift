import DeployDSL

extension ProxyEndpoint {
  /// Asks once; `nil` if it was left out.
  func get(
    _ path: String, _ effect: HostOperation.Effect, timeout: Duration, in context: ActionContext
  ) async throws -> HTTPAnswer? {
    guard isTLS else {
      return try await context.get(
        address.url(path), host: host.map(PublishedAddress.written), effect, timeout: timeout)
    }
    let reply = try await context.perform(
      .command(CurlCommand.get(path, from: self, within: timeout)), effect,
      timeout: timeout + .seconds(2))
    guard case .command(let result) = reply else { return nil }
    // A body that did not come to its end does not matter.
    if let answer = CurlCommand.answer(in: result.output), answer.status > 0 { return answer }
    throw OperationError.noAnswer(reason: CurlCommand.reason(for: result))
  }
}
