extension RunReport.Receipt {
  /// `0 of 204 requests failed, slowest 41 ms`.
  package var sentence: String {
    var text = "\(failed) of \(requests) requests failed"
    if failedAsBefore > 0 { text += " (\(failedAsBefore) more as before the deploy)" }
    if failed > 0 {
      text += ", \(Self.time(longestGap)) without a good answer"
    } else if failedAsBefore < requests {
      text += ", slowest \(Self.time(slowest))"
    }
    return text + (clients.map { "; clients: \($0.sentence)" } ?? "")
  }

  /// One line for each step and answer: `3 requests failed in Reload: HTTP 502, at 4.213 s, …`.
  package var failureLines: [String] {
    var lines = Self.lines(of: failures) { $0 == 1 ? "1 request" : "\($0) requests" }
    if failed > failures.count { lines.append("\(failed - failures.count) more requests failed") }
    guard let clients, clients.hasLostMore else { return lines }
    lines += Self.lines(of: clients.failures) {
      $0 == 1 ? "1 client's request" : "\($0) clients' requests"
    }
    let rest = clients.failed + clients.givenUp - clients.failures.count
    if rest > 0 { lines.append("\(rest) more clients' requests failed") }
    return lines
  }

  private static func lines(
    of failures: [Failure], _ counted: (Int) -> String
  ) -> [String] {
    var groups: [(step: String, answer: String, times: [Double])] = []
    for failure in failures {
      if let known = groups.firstIndex(where: {
        ($0.step, $0.answer) == (failure.step, failure.answer)
      }) {
        groups[known].times.append(failure.time)
      } else {
        groups.append((failure.step, failure.answer, [failure.time]))
      }
    }
    return groups.map { step, answer, times in
      let place = step.isEmpty ? "" : " in \(step)"
      let span =
        times.count > 4
        ? "from \(moment(times[0])) to \(moment(times[times.count - 1]))"
        : "at " + times.map(moment).joined(separator: ", ")
      return "\(counted(times.count)) failed\(place) (\(answer)), \(span)"
    }
  }

  /// `41 ms`, from a second on `1.2 s`.
  package static func time(_ seconds: Double) -> String {
    seconds < 0.9995
      ? "\(Int((seconds * 1000).rounded(.up))) ms" : Duration.seconds(seconds).inRecord
  }

  /// A time of the run, to the millisecond: `4.213 s`.
  package static func moment(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    let rest = "\(1000 + milliseconds % 1000)".dropFirst()
    return "\(milliseconds / 1000).\(rest) s"
  }
}

extension RunReport.Receipt.Clients {
  /// `1204 requests logged by nginx, 0 of them 5xx`: what it has cut off without an answer is not in
  /// its access log.
  package var sentence: String {
    func counted(_ count: Int) -> String { count == 1 ? "1 request" : "\(count) requests" }
    guard let requests else { return "\(counted(failed)) failed" }
    var text = "\(counted(requests)) logged by nginx, "
    text += failed == 0 ? "0 of them 5xx" : "\(failed) of them failed"
    if givenUp > 0 { text += ", \(givenUp) given up" }
    if failedBefore > 0 || givenUpBefore > 0 {
      let parts = [
        failedBefore > 0 ? "\(failedBefore) failed" : nil,
        givenUpBefore > 0 ? "\(givenUpBefore) given up" : nil,
      ].compactMap(\.self)
      text += " (before: \(parts.joined(separator: " and ")) of \(requestsBefore))"
    }
    return text
  }

  /// Whether a greater share failed or was given up than before the run's first change.
  var hasLostMore: Bool {
    guard let requests else { return failed > 0 }
    return (failed + givenUp) * requestsBefore > (failedBefore + givenUpBefore) * requests
      || (failed + givenUp > 0 && failedBefore + givenUpBefore == 0)
  }
}
