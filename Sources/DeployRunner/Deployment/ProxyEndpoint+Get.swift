import DeployDSL

extension ProxyEndpoint {
  /// Sends one request; `nil` if it was skipped.
  func get(
    _ path: String, _ effect: HostOperation.Effect, timeout: Duration, in context: ActionContext
  ) async throws -> HTTPAnswer? {
    guard isTLS else {
      return try await context.get(
        address.url(path), host: host.map(PublishedAddress.written), effect, timeout: timeout)
    }
    let reply = try await context.perform(
      .call(CurlCommand.get(path, from: self, within: timeout)), effect,
      timeout: timeout + .seconds(2))
    if case .http(let answer) = reply.value { return answer }
    guard let result = reply.printed else { return nil }
    throw OperationError.noAnswer(reason: CurlCommand.reason(for: result))
  }
}
