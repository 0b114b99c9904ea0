extension RunStory {
  /// The run as Markdown, for a summary in CI.
  package var markdown: String {
    let mark = isDone ? "✅" : summary.end?.outcome == .cleanupIncomplete ? "⚠️" : "❌"
    var lines = [
      "### \(mark) \(title.inMarkdown): \(outcome)", "",
      "\(live) · \(duration.inRecord)"
        + (receipt.map { " · **\($0.sentence)**" } ?? ""), "",
    ]
    if let failure = summary.end?.failure {
      let place = failed?.node.flatMap { node($0)?.place }.map { " (`\($0)`)" } ?? ""
      lines += ["> **\(failed?.name.inMarkdown ?? "Failure")**\(place): \(failure.inMarkdown)", ""]
    }
    for line in receipt?.failureLines ?? [] { lines.append("- \(line.inMarkdown)") }
    if receipt?.failureLines.isEmpty == false { lines.append("") }
    lines += ["| | step | result | time |", "| --- | --- | --- | ---: |"]
    lines += steps.map { step in
      let cells = [
        step.symbol, (step.isUndo ? "undo: " : "") + step.name.inMarkdown,
        (step.failure ?? step.summary).inMarkdown,
        step.ended.map { ($0 - step.began).inRecord } ?? "",
      ]
      return "| \(cells.joined(separator: " | ")) |"
    }
    lines += ["", "<sub>\(origin.inMarkdown), run \(summary.run)</sub>", ""]
    return lines.joined(separator: "\n")
  }
}

extension RunStory.Step {
  /// A mark for how it ended.
  var symbol: String {
    if hasFailed { return "✗" }
    return switch status {
    case .succeeded: isUndo ? "↩" : "✓"
    case .passedOver: "!"
    case .retried: "↻"
    case nil: "…"
    default: "-"
    }
  }
}

extension String {
  /// The text with what Markdown would take for more than text escaped, in one line.
  fileprivate var inMarkdown: String {
    var text = ""
    for letter in self {
      if letter.isNewline {
        text += " "
      } else {
        if "\\`*_[]<>|#".contains(letter) { text += "\\" }
        text.append(letter)
      }
    }
    return text
  }
}
