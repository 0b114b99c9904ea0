import DeployDSL

/// Sends a plain HTTP GET again and again until its task is cancelled: in turn on a kept connection,
/// as browsers do, and on a new one, as new users do.
struct ProbeLoop: Sendable {
  private let probing: Probing
  private let path: String
  private let name: String

  /// `nil` for a URL with TLS.
  init?(_ probing: Probing) {
    guard let url = WebAddress(probing.url), !url.isTLS else { return nil }
    self.probing = probing
    path = url.path
    name = PublishedAddress.written(url.host) + (url.port == 80 ? "" : ":\(url.port)")
  }

  /// - Parameter tell: Receives each answer when it is complete.
  func run(_ tell: @escaping @Sendable (ProbeAnswer) -> Void) async throws {
    try await BlockingThread.run { [self] signal in
      loop(tell, signal)
      return .success(())
    }
  }

  private func loop(_ tell: (ProbeAnswer) -> Void, _ signal: PollSignal) {
    let clock = ContinuousClock()
    var kept: Connection?
    var keeps = true
    var next = clock.now
    while !signal.isSet(by: next) {
      let sent = clock.now
      let deadline = sent.advanced(by: Probing.patience)
      var isRetried = false
      var status: ProbeAnswer.Status
      do {
        var answer: Int?
        if keeps, var connection = kept.take() {
          connection.deadline = deadline
          answer = try askAgain(connection, &kept)
          isRetried = answer == nil
        }
        status = .http(try answer ?? ask(keeping: keeps, &kept, deadline, signal))
      } catch {
        status = .none("\(error)")
      }
      let time = sent.duration(to: clock.now)
      // A request that is cut off by the end of the loop has not failed.
      guard !signal.isSet(by: sent) else { return }
      tell(ProbeAnswer(time: time, status, isRetried: isRetried))
      keeps.toggle()
      // A slow application is asked less often, and has as much time to rest.
      next = max(sent.advanced(by: probing.every), clock.now.advanced(by: min(time, Self.rest)))
    }
  }

  /// The status of an answer on a new connection.
  private func ask(
    keeping: Bool, _ kept: inout Connection?, _ deadline: ContinuousClock.Instant,
    _ signal: PollSignal
  ) throws -> Int {
    let connection = try Connection(
      host: probing.address.host, port: probing.address.port, deadline: deadline, signal: signal)
    let (answer, mayBeKept) = try connection.get(
      path, host: name, longestBody: Self.longestBody, keeping: keeping)
    if keeping, mayBeKept { kept = consume connection }
    return answer.status
  }

  /// The status of an answer on a kept connection; `nil` if it had been closed while idle.
  private func askAgain(
    _ connection: consuming Connection, _ kept: inout Connection?
  ) throws -> Int? {
    if connection.isClosed(within: .zero) { return nil }
    let sent = ContinuousClock().now
    do {
      let (answer, mayBeKept) = try connection.get(
        path, host: name, longestBody: Self.longestBody, keeping: true)
      if mayBeKept { kept = consume connection }
      return answer.status
    } catch let error as OperationError where Connection.isClosure(error) {
      // It was closed when the request was on its way; later, a request in progress was cut off.
      if sent.duration(to: .now) < Self.closing { return nil }
      throw error
    }
  }

  /// How long the news of an idle connection's end may take on a busy machine.
  private static let closing: Duration = .milliseconds(250)
  /// The longest rest between an answer and the next request.
  private static let rest: Duration = .seconds(1)

  /// The rest of a longer body is not read.
  private static let longestBody = 4 * 1024 * 1024
}
