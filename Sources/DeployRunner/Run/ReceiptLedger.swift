import DeployDSL

/// Collects the answers of a run's probes and the times of its steps, and makes the receipt.
struct ReceiptLedger: Sendable {
  private struct Answer {
    var at: Duration
    var probe: ProbeAnswer

    /// When it failed: a connection when it was cut, otherwise when the request was sent.
    var failed: Duration {
      guard case .none = probe.status, probe.time < Probing.patience else { return at }
      return at + probe.time
    }
  }

  private struct Span {
    var name: String
    var began: Duration
    var ended: Duration?
  }

  private var answers: [Answer] = []
  /// What the proxy's output tells of the application's requests.
  private var lines: [(at: Duration, line: NginxLog.Line)] = []
  private var spans: [Span] = []
  private var running: [Int: Int] = [:]
  /// When the first change began.
  private var changed: Duration?
  /// When nginx was first reloaded, and when its last reload and drain had ended.
  private var reload: (began: Duration, ended: Duration?)?

  var count: Int { answers.count }

  /// - Parameter at: When it was sent.
  mutating func add(_ answer: ProbeAnswer, at: Duration) {
    answers.append(Answer(at: max(.zero, at), probe: answer))
  }

  /// - Parameter at: When the proxy printed it; negative before the run.
  mutating func add(_ line: NginxLog.Line, at: Duration) { lines.append((at, line)) }

  // MARK: The run

  /// Notes when steps begin and end, and the first change.
  mutating func note(_ kind: Event.Kind, of node: Node?, at time: Duration) {
    switch kind {
    case .nodeStarted:
      guard let node, !node.step.isMeetingPoint else { return }
      running[node.id] = spans.count
      spans.append(Span(name: node.name, began: time))
      if node.step is Reload, reload == nil { reload = (time, nil) }
    case .nodeFinished:
      guard let node, let span = running.removeValue(forKey: node.id) else { return }
      spans[span].ended = time
      if node.step is Reload || node.step is Drain { reload?.ended = time }
    case .undoStarted(let what): spans.append(Span(name: "undo: \(what)", began: time))
    case .undoFinished(let what, _):
      if let last = spans.lastIndex(where: { $0.name == "undo: \(what)" }) {
        spans[last].ended = time
      }
    case .operation(let entry):
      if entry.effect == .change, !entry.isSkipped, changed == nil { changed = time }
    default: break
    }
  }

  /// The steps that ran at a time; between two steps, the one that had begun last.
  private func step(at time: Duration) -> String {
    let now = spans.filter { $0.began <= time && $0.ended.map { time < $0 } ?? true }
    if !now.isEmpty { return now.map(\.name).joined(separator: ", ") }
    return spans.last { $0.began <= time }?.name ?? ""
  }

  // MARK: The receipt

  /// The receipt; `nil` if nothing was asked.
  ///
  /// - Parameter end: When the last request was given up; `nil` if all were answered.
  func receipt(of url: String, endingAt end: Duration? = nil) -> RunReport.Receipt? {
    let answers = answers.sorted { $0.at < $1.at }
    guard !answers.isEmpty else { return nil }
    let bad = answers.filter { !$0.probe.isGood }
    let known = asBefore(answers)
    let failures = bad.filter { !known.contains($0.at) }
    let good = answers.filter(\.probe.isGood)
    return RunReport.Receipt(
      url: url, requests: answers.count, failed: failures.count,
      failedAsBefore: bad.count - failures.count,
      retried: answers.count(where: \.probe.isRetried),
      slowest: (good.map(\.probe.time).max() ?? .zero).asSeconds,
      longestGap: longestGap(in: answers, endingAt: end).asSeconds,
      before: Self.latency(of: good.filter { phase(at: $0.at) == .before }),
      during: Self.latency(of: good.filter { phase(at: $0.at) == .during }),
      after: Self.latency(of: good.filter { phase(at: $0.at) == .after }),
      failures: failures.prefix(RunReport.Receipt.keptFailures).map {
        .init(time: $0.failed.asSeconds, step: step(at: $0.failed), answer: $0.probe.text)
      },
      strip: Self.strip(of: answers))
  }

  /// What nginx logged of the requests of others.
  ///
  /// Its access log counts if it has this run's own requests: then it is complete, and the clocks
  /// agree. Without it, the answers that were cut off still count.
  ///
  /// - Parameter end: when its output was read.
  func clients(until end: Duration) -> RunReport.Receipt.Clients? {
    let begin = answers.map(\.at).min() ?? .zero
    let own = lines.count { line in
      if case .request(_, true) = line.line { line.at >= begin } else { false }
    }
    let expected = answers.count {
      if case .http = $0.probe.status { $0.at + $0.probe.time < end } else { false }
    }
    let isKnown = own > 0 && own * 10 >= expected * 9
    var clients = RunReport.Receipt.Clients(
      requests: isKnown ? 0 : nil, failed: 0, givenUp: 0, requestsBefore: 0, failedBefore: 0,
      givenUpBefore: 0, failures: [])
    for (at, line) in lines.sorted(by: { $0.at < $1.at }) {
      let isBefore = changed.map { at < $0 } ?? false
      switch line {
      case .request(_, true): continue
      case .request(let status, false):
        guard isKnown else { continue }
        if isBefore { clients.requestsBefore += 1 } else { clients.requests? += 1 }
        guard let text = Self.failure(status) else { continue }
        clients.count(status != 499, isBefore, at < .zero ? "" : step(at: at), at, text)
      case .cutOff:
        clients.count(true, isBefore, at < .zero ? "" : step(at: at), at, "the answer was cut off")
      }
    }
    return isKnown || clients.failed > 0 ? clients : nil
  }

  /// What a status says of a request that failed or was given up; `nil` for others.
  private static func failure(_ status: Int) -> String? {
    switch status {
    case 500...: "HTTP \(status)"
    case 499: "given up by the client"
    case 0: "cut off by nginx"
    default: nil
    }
  }

  private enum Phase { case before, during, after }

  private func phase(at time: Duration) -> Phase {
    guard let reload, time >= reload.began else { return .before }
    return reload.ended.map { time >= $0 } ?? false ? .after : .during
  }

  /// The times of failures that are not the run's: those before the first change, and while the
  /// application gave no good answer at all, those of the same kind.
  private func asBefore(_ answers: [Answer]) -> Set<Duration> {
    let kinds = Set(answers.filter { isBeforeChange($0) && !$0.probe.isGood }.map(\.probe.kind))
    let firstGood = answers.first(where: \.probe.isGood)?.at ?? .seconds(Int64.max / 2)
    return Set(
      answers.filter { answer in
        !answer.probe.isGood
          && (isBeforeChange(answer)
            || (answer.at < firstGood && kinds.contains(answer.probe.kind)))
      }.map(\.at))
  }

  private func isBeforeChange(_ answer: Answer) -> Bool {
    guard let changed else { return true }
    return answer.at + answer.probe.time <= changed
  }

  private func longestGap(in answers: [Answer], endingAt end: Duration?) -> Duration {
    var longest = Duration.zero
    var began: Duration?
    for answer in answers {
      let end = answer.at + answer.probe.time
      if !answer.probe.isGood { began = began ?? answer.at }
      if let since = began { longest = max(longest, end - since) }
      if answer.probe.isGood { began = nil }
    }
    // After a failure, the run ended without a good answer.
    if let began, let end { longest = max(longest, end - began) }
    return longest
  }

  private static func latency(of answers: [Answer]) -> RunReport.Receipt.Latency? {
    let times = answers.map(\.probe.time).sorted()
    guard let last = times.last else { return nil }
    /// The nearest rank.
    func percentile(_ share: Int) -> Double {
      times[max(0, (times.count * share + 99) / 100 - 1)].asSeconds
    }
    return .init(
      count: times.count, median: percentile(50), p90: percentile(90), p99: percentile(99),
      slowest: last.asSeconds)
  }

  /// How many pieces a strip has at most.
  private static let pieces = 300

  private static func strip(of answers: [Answer]) -> RunReport.Receipt.Strip? {
    guard let first = answers.first?.at, let last = answers.last?.at else { return nil }
    var width = 0.05
    while (last - first).inSeconds >= width * Double(pieces) { width *= 2 }
    let count = Int((last - first).inSeconds / width) + 1
    var strip = RunReport.Receipt.Strip(
      begin: first.asSeconds, width: width, good: Array(repeating: 0, count: count),
      bad: Array(repeating: 0, count: count), slowest: Array(repeating: 0, count: count))
    for answer in answers {
      let piece = min(count - 1, Int((answer.at - first).inSeconds / width))
      if answer.probe.isGood {
        strip.good[piece] += 1
        let time = Int((answer.probe.time.inSeconds * 1000).rounded(.up))
        strip.slowest[piece] = max(strip.slowest[piece], time)
      } else {
        strip.bad[piece] += 1
      }
    }
    return strip
  }
}

extension RunReport.Receipt.Clients {
  /// Counts a request that failed, or was given up.
  fileprivate mutating func count(
    _ hasFailed: Bool, _ isBefore: Bool, _ step: String, _ at: Duration, _ answer: String
  ) {
    guard !isBefore else {
      if hasFailed { failedBefore += 1 } else { givenUpBefore += 1 }
      return
    }
    if hasFailed { failed += 1 } else { givenUp += 1 }
    guard failures.count < RunReport.Receipt.keptFailures else { return }
    failures.append(.init(time: at.asSeconds, step: step, answer: answer))
  }
}

extension ProbeAnswer {
  /// What kind of failure it is: an application that is down fails in several ways.
  fileprivate var kind: String {
    if case .http(let status) = status, status < 500 { "\(status)" } else { "down" }
  }
}

extension Duration {
  /// Seconds, rounded to a tenth of a millisecond.
  fileprivate var asSeconds: Double { (inSeconds * 10_000).rounded() / 10_000 }
}
