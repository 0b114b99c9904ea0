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
    return text
  }

  /// One line for each step and answer: `3 requests failed in Reload: HTTP 502, at 4.213 s, …`.
  package var failureLines: [String] {
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
    var lines = groups.map { step, answer, times in
      let count = times.count == 1 ? "1 request" : "\(times.count) requests"
      let place = step.isEmpty ? "" : " in \(step)"
      let span =
        times.count > 4
        ? "from \(Self.moment(times[0])) to \(Self.moment(times[times.count - 1]))"
        : "at " + times.map(Self.moment).joined(separator: ", ")
      return "\(count) failed\(place) (\(answer)), \(span)"
    }
    if failed > failures.count { lines.append("\(failed - failures.count) more requests failed") }
    return lines
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
