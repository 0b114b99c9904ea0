import DeployDSL

extension RunStory {
  /// The run as a JUnit report: a test case for each step and undo.
  package var junit: String { Self.junit(of: [self]) }

  /// Runs as one JUnit report, with a test suite for each.
  package static func junit(of stories: [RunStory]) -> String {
    let lines =
      [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites>"] + stories.flatMap(\.testSuite)
      + ["</testsuites>", ""]
    return lines.joined(separator: "\n")
  }

  private var testSuite: [String] {
    let failures = steps.count(where: \.hasFailed)
    let skipped = steps.count { $0.status == .skipped || $0.status == .cancelled }
    var lines = [
      "  <testsuite name=\"\(title.inXML)\" tests=\"\(steps.count)\" failures=\"\(failures)\""
        + " errors=\"\(summary.end == nil ? 1 : 0)\" skipped=\"\(skipped)\""
        + " time=\"\(duration.asXML)\""
        + (header.map { " timestamp=\"\($0.started.iso)\" hostname=\"\($0.host.inXML)\"" } ?? "")
        + ">",
      "    <properties>",
    ]
    var properties = [("run", summary.run.text), ("outcome", summary.status.name)]
    if let receipt {
      properties += [
        ("requests", "\(receipt.requests)"), ("failedRequests", "\(receipt.failed)"),
        ("slowestRequest", "\(receipt.slowest)"),
      ]
    }
    lines += properties.map {
      "      <property name=\"\($0.0)\" value=\"\($0.1.inXML)\"/>"
    }
    lines.append("    </properties>")
    lines += steps.map(testCase)
    if let failure = summary.end?.failure, failed == nil {
      lines.append("    <system-err>\(failure.inXML)</system-err>")
    }
    return lines + ["  </testsuite>"]
  }

  private func testCase(_ step: Step) -> String {
    let name = (step.isUndo ? "undo: " : "") + step.name
    let place = step.node.flatMap { node($0)?.place }
    let head =
      "    <testcase classname=\"\(application.inXML)\" name=\"\(name.inXML)\""
      + (place.map { " file=\"\($0.inXML)\"" } ?? "")
      + " time=\"\(((step.ended ?? duration) - step.began).asXML)\""
    var body: [String] = []
    if step.hasFailed {
      body.append("      <failure message=\"\((step.failure ?? "").inXML)\"/>")
    } else if step.status == .skipped || step.status == .cancelled {
      body.append("      <skipped message=\"\(step.summary.inXML)\"/>")
    } else if step.status == nil {
      body.append("      <error message=\"the run ended during this step\"/>")
    }
    if !step.commands.isEmpty {
      let output = step.commands.flatMap { ["$ \($0.text)"] + $0.output }
      body.append("      <system-out>\(output.joined(separator: "\n").inXML)</system-out>")
    }
    guard !body.isEmpty else { return head + "/>" }
    return ([head + ">"] + body + ["    </testcase>"]).joined(separator: "\n")
  }
}

extension Duration {
  /// Seconds with three digits after the point.
  fileprivate var asXML: String {
    let milliseconds = max(0, Int((inSeconds * 1000).rounded()))
    return "\(milliseconds / 1000).\("\(1000 + milliseconds % 1000)".dropFirst())"
  }
}

extension String {
  /// The text as XML or HTML shows it; what XML cannot contain is replaced.
  var inXML: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
