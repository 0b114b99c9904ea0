import DeployDSL

/// The time line: who served, the requests, and every step with its commands, on one axis.
extension RunPage {
  var timeline: String {
    """
    <section>
    <h2>Time line</h2>
    <div class="lanes">
    \(lane("", "axis", track: axis))
    \(story.serving.isEmpty ? "" : lane("Serving", "serving", track: serving))
    \(strip.map { lane("Requests", "requests", track: $0) } ?? "")
    \(story.steps.map(row).joined(separator: "\n"))
    </div>
    </section>
    """
  }

  private func share(_ time: Duration) -> Double {
    let share = time.inSeconds / story.duration.inSeconds * 100
    return (min(100, max(0, share)) * 100).rounded() / 100
  }

  private func place(_ began: Duration, _ ended: Duration) -> String {
    "left:\(share(began))%;width:\(share(ended - began))%"
  }

  private func lane(
    _ name: String, _ kind: String, track: String, time: String = "", mark: String = ""
  ) -> String {
    "<div class=\"lane \(kind)\"><span class=\"name\">\(mark)\(name.inXML)</span>"
      + "<span class=\"track\">\(switchMark)\(track)</span>"
      + "<span class=\"time\">\(time.inXML)</span></div>"
  }

  private var switchMark: String {
    story.switched.map { "<i class=\"switch\" style=\"left:\(share($0))%\"></i>" } ?? ""
  }

  // MARK: Lanes

  private var axis: String {
    let seconds = story.duration.inSeconds
    let steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600]
    let step = steps.first { seconds / $0 <= 5 } ?? seconds
    var marks: [String] = []
    for index in 0...Int(seconds / step) {
      let time = Duration.seconds(step * Double(index))
      let text = step < 1 ? "\((step * Double(index) * 10).rounded() / 10)" : time.inAxis
      marks.append("<em style=\"left:\(share(time))%\">\(text)\(step < 60 ? " s" : "")</em>")
    }
    let label = story.switched.map {
      "<em class=\"label\" style=\"left:\(share($0))%\">switch</em>"
    }
    return marks.joined() + (label ?? "")
  }

  private var serving: String {
    story.serving.map { piece in
      let color = piece.color.map { "\($0)" } ?? "between"
      let text = piece.color.map { "\($0)" } ?? ""
      let title = piece.color.map { "\($0) serves" } ?? "nginx is reloaded"
      return "<b class=\"bar \(color)\" style=\"\(place(piece.began, piece.ended))\" title=\""
        + "\(title), from \(RunReport.Receipt.moment(piece.began.inSeconds))\">\(text)</b>"
    }.joined()
  }

  private var strip: String? {
    guard let strip = story.receipt?.strip else { return nil }
    let scale = 1000 / story.duration.inSeconds
    let most = max(100, strip.slowest.max() ?? 0)
    let pieces = strip.good.indices.compactMap { index -> String? in
      let (good, bad) = (strip.good[index], strip.bad[index])
      guard good + bad > 0 else { return nil }
      let begin = strip.begin + Double(index) * strip.width
      // A slow answer is higher; the square root keeps fast ones visible.
      let ratio = (Double(strip.slowest[index]) / Double(most)).squareRoot()
      let height = bad > 0 ? 40 : (5 + ratio * 35).rounded()
      // An answer that took longer is as wide as the time that it took.
      let time = max(strip.width, bad > 0 ? 0 : Double(strip.slowest[index]) / 1000)
      let width = max(1.5, time * scale - 1)
      let title =
        bad > 0
        ? "\(bad) of \(good + bad) failed" : "\(good) good, slowest \(strip.slowest[index]) ms"
      return
        "<rect class=\"\(bad > 0 ? "bad" : "good")\" x=\"\((begin * scale * 10).rounded() / 10)"
        + "\" y=\"\(40 - height)\" width=\"\((width * 10).rounded() / 10)\" height=\"\(height)\">"
        + "<title>\(RunReport.Receipt.moment(begin)): \(title)</title></rect>"
    }
    return "<svg class=\"strip\" viewBox=\"0 0 1000 40\" preserveAspectRatio=\"none\" role=\"img\" "
      + "aria-label=\"requests over time\">\(pieces.joined())</svg>"
  }

  // MARK: Steps

  private func row(_ step: RunStory.Step) -> String {
    let ended = step.ended ?? story.duration
    let bar =
      "<b class=\"bar \(step.tone)\" style=\"\(place(step.began, ended))\"></b>"
    let name = (step.isUndo ? "undo: " : "") + step.name
    let lane = lane(
      name, "step", track: bar, time: step.ended.map { ($0 - step.began).inRecord } ?? "",
      mark: "<i class=\"mark \(step.tone)\">\(step.symbol)</i> ")
    let details = details(of: step)
    guard !details.isEmpty else { return lane }
    return "<details\(step.hasFailed ? " open" : "")><summary>\(lane)</summary>"
      + "<div class=\"inside\">\(details)</div></details>"
  }

  private func details(of step: RunStory.Step) -> String {
    var parts: [String] = []
    let text = step.failure ?? step.summary
    if !text.isEmpty { parts.append("<p>\(text.inXML)</p>") }
    parts += step.commands.map { command in
      let status = command.status.map { $0 == 0 ? "" : " · exit code \($0)" } ?? ""
      let time = command.ended.map { ($0 - command.began).inRecord } ?? "not finished"
      let output = command.output.joined(separator: "\n")
      return "<p class=\"command\"><code>\(command.text.inXML)</code> <small>at "
        + "\(RunReport.Receipt.moment(command.began.inSeconds)), \(time)\(status)</small></p>"
        + (output.isEmpty ? "" : "<pre>\(output.inXML)</pre>")
    }
    return parts.joined()
  }
}

extension RunStory.Step {
  var tone: String {
    if hasFailed { return "bad" }
    return switch status {
    case .succeeded: isUndo ? "warn" : "ok"
    case .passedOver, .retried: "warn"
    case nil: "bad"
    default: "off"
    }
  }
}

extension Duration {
  /// Seconds, or from a minute on minutes and seconds, without spaces.
  fileprivate var inAxis: String {
    let seconds = Int(inSeconds.rounded())
    if seconds < 60 { return "\(seconds)" }
    return "\(seconds / 60):\("\(100 + seconds % 60)".dropFirst())"
  }
}
