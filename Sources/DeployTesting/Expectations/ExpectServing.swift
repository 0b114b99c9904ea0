import DeploySimulator
public import Testing

/// Expects a colour to answer requests through the proxy now.
///
/// - Parameters:
///   - color: the colour; `nil` if no colour is active.
///   - host: the host.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectServing(
  _ color: Color?, on host: SimulatedHost,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let serving = host.serving
  guard serving != color else { return }
  func text(_ color: Color?) -> String { color?.rawValue ?? "no colour" }
  record(
    "\(text(serving)) serves, not \(text(color)); the proxy has loaded "
      + "\(host.loadedColor?.rawValue ?? "no colour")'s configuration; running services: "
      + (host.running.isEmpty ? "none" : host.running.joined(separator: ", ")),
    sourceLocation)
}

/// Expects that the proxy gave a good answer at every moment of simulated time.
///
/// - Parameters:
///   - host: the host.
///   - exceptAccidents: whether to accept outages caused by a scripted fault, such as a crash, and
///     to count only those caused by an operation. Default: no.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectNeverDown(
  on host: SimulatedHost, exceptAccidents: Bool = false,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let outages = exceptAccidents ? host.violations : host.world.outages
  guard !outages.isEmpty else { return }
  record(outages.map(\.description).joined(separator: "\n"), sourceLocation)
}

/// Expects that no request in flight was cut off by the stop of its server.
///
/// Open such requests with `host.change { $0.openRequest("a download", lasting: …) }`.
public func expectNoRequestCut(
  on host: SimulatedHost, sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let cuts = host.world.cutRequests
  guard !cuts.isEmpty else { return }
  record(
    cuts.map { "\($0.what) (by \($0.cause ?? "itself"))" }.joined(separator: "\n"),
    sourceLocation)
}

extension SimulatedHost {
  /// The services that run.
  fileprivate var running: [String] {
    world.containers.filter { $0.state == .running }.map(\.service.name)
  }
}
