/// A run as one HTML page that loads nothing from elsewhere and needs no script.
package struct RunPage: Sendable {
  let story: RunStory

  /// Creates the page of a run.
  package init(_ story: RunStory) { self.story = story }

  /// The page.
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(story.title.inXML): \(story.outcome.inXML)</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    \([head, cards, failure, timeline, requests, graph, facts].joined(separator: "\n"))
    </main>
    <footer>bgrun \((story.header?.bgrun ?? "").inXML) · run \(story.summary.run)</footer>
    </body>
    </html>

    """
  }

  // MARK: Head

  private var tone: String {
    story.isDone ? "ok" : story.summary.end?.outcome == .cleanupIncomplete ? "warn" : "bad"
  }

  private var head: String {
    let versions = story.summary.versions?.text.map { " <span>\($0.inXML)</span>" } ?? ""
    let mark = ["ok": "✓", "warn": "!", "bad": "✗"][tone, default: ""]
    return """
      <header>
      <p class="origin">\(story.origin.inXML)</p>
      <h1>\(story.application.inXML)\(versions)</h1>
      <p class="verdict \(tone)"><b>\(mark) \(story.outcome.firstUppercased.inXML)</b>
      <span>\(story.live.inXML)</span></p>
      \(story.header?.reason.map { "<p class=\"reason\">“\($0.inXML)”</p>" } ?? "")
      </header>
      """
  }

  private var cards: String {
    var cards: [(value: String, text: String, tone: String)] = []
    if let receipt = story.receipt {
      cards.append(
        (
          "\(receipt.failed)", "of \(receipt.requests) requests failed",
          receipt.failed == 0 ? "ok" : "bad"
        ))
      cards.append(
        receipt.failed == 0
          ? (RunReport.Receipt.time(receipt.slowest), "slowest answer", "")
          : (RunReport.Receipt.time(receipt.longestGap), "without a good answer", "bad"))
    } else {
      cards.append(("–", "requests were not measured", ""))
    }
    cards.append((story.duration.inRecord, "from start to end", ""))
    if let switched = story.switched {
      cards.append((switched.inRecord, "until the switch", ""))
    }
    let html = cards.map {
      "<li class=\"\($0.tone)\"><b>\($0.value.inXML)</b><span>\($0.text.inXML)</span></li>"
    }
    return "<ul class=\"cards\">\n\(html.joined(separator: "\n"))\n</ul>"
  }

  private var failure: String {
    guard let text = story.failed?.failure ?? story.summary.end?.failure else { return "" }
    let place = story.failed?.node.flatMap { story.node($0)?.place }
    let title = story.failed.map { "\($0.name) failed" } ?? "What failed"
    let output = story.failed?.commands.last?.output ?? []
    return """
      <section class="failure">
      <h2>\(title.inXML)</h2>
      <p>\(text.inXML)</p>
      \(output.isEmpty ? "" : "<pre>\(output.joined(separator: "\n").inXML)</pre>")
      \(place.map { "<p class=\"place\"><code>\($0.inXML)</code></p>" } ?? "")
      </section>
      """
  }

  // MARK: Facts

  private var facts: String {
    var rows: [(String, String)] = []
    let versions = story.summary.versions
    for (name, version) in [("before", versions?.from), ("after", versions?.to)] {
      guard let version else { continue }
      let id = version.id.map { " · \($0.prefix(19))…" } ?? ""
      rows.append(("image \(name)", version.image + id))
    }
    if let settings = versions?.settingsText { rows.append(("set", settings)) }
    if let header = story.header {
      rows += [("plan", "fingerprint \(header.plan)"), ("started", header.started.utcText)]
    }
    rows += [("run", story.summary.run.text), ("outcome", story.summary.status.text)]
    if let code = story.summary.end?.exitCode { rows.append(("exit code", "\(code)")) }
    let html = rows.map { "<dt>\($0.0.inXML)</dt><dd>\($0.1.inXML)</dd>" }
    return """
      <section>
      <h2>Versions and run</h2>
      <dl>
      \(html.joined(separator: "\n"))
      </dl>
      </section>
      """
  }
}

extension String {
  /// The text with its first letter in upper case.
  fileprivate var firstUppercased: String { prefix(1).uppercased() + dropFirst() }
}
