import DeployDSL
import Testing

@testable import DeployRunner

@Suite("The record for people")
struct HumanReporterTests {
  let story: Story
  let recorder = Recorder()

  init() throws { story = try Story() }

  private func tell(_ events: [Event], _ style: ReportStyle = ReportStyle()) {
    var reporter = HumanReporter(to: recorder.sink, style: style)
    for event in events { reporter.report(event) }
  }

  @Test func `a failing run: each step, then why, what was undone, what serves, what to do`() {
    tell(story.failing())
    #expect(
      recorder.text == """
        Deploying grafana
        ✓ DetectActive  blue serves                                                0.2 s
        ✓ Up target     grafana-green started                                      0.4 s
          · Health: connection refused
          · Health: HTTP 503
        ✗ Health                                                                   4.4 s
        plan.swift:6:3: error: Health: grafana-green did not become healthy: connection refused
          fix: read its log
            | first line
            | second  line
          ↩ undo: stop grafana-green                                               1.0 s
          next: fix the cause, then: `bgrun deploy PLAN`
        ✗ grafana: not deployed, grafana-blue still serves, 6.0 s, exit code 1

        """)
  }

  @Test func `quiet: the problem and the last line`() {
    tell(story.failing(), ReportStyle(detail: .quiet))
    #expect(
      recorder.text(.results)
        == "✗ grafana: not deployed, grafana-blue still serves, 6.0 s, exit code 1\n")
    #expect(recorder.text(.problems).hasPrefix("plan.swift:6:3: error: Health: "))
  }

  @Test func `problems go to their own channel`() {
    tell(story.failing())
    #expect(!recorder.text(.results).contains("fix:"))
    #expect(!recorder.text(.problems).contains("Deploying"))
  }

  @Test func `a run that succeeds says what serves, how many steps, how long, and where`() {
    let nodes = story.graph.nodes.map { story.report($0.id, took: 1, "") }
    tell(
      [story.started(), story.finished(.succeeded, serving: .green, nodes: nodes, seconds: 75)],
      ReportStyle(host: "simulated host"))
    #expect(
      recorder.text == """
        Deploying grafana on a simulated host
        ✓ grafana: grafana-green serves, 5 steps in 1 min 15 s (simulated host)

        """)
  }

  @Test func `verbose: commands, what only looks marked otherwise, and their output`() {
    let commands: [(String, HostOperation.Effect)] = [
      ("docker ps", .observe), ("docker compose up -d grafana-green", .change),
      ("GET http://x/", .verify), ("GET http://x/", .verify),
    ]
    let operations = commands.map { text, effect in
      Event(
        at: .zero, node: 1,
        kind: .operation(OperationEntry(text: text, effect: effect, isSkipped: false)))
    }
    let line = Event(at: .zero, node: 1, kind: .output(OutputLine("Started", on: .errors)))
    tell(
      [story.started(), story.begin(1, at: 0)] + operations + [line],
      ReportStyle(detail: .verbose))
    #expect(
      recorder.text == """
        Deploying grafana
        Up target
          ? docker ps
          $ docker compose up -d grafana-green
          ? GET http://x/
            | Started

        """)
  }

  @Test
  func `a dry run keeps each step's changes together, also side by side, and folds what it asks`() {
    func operation(_ node: Int, _ text: String, isSkipped: Bool) -> Event {
      let record = OperationEntry(
        text: text, effect: isSkipped ? .change : .observe, isSkipped: isSkipped)
      return Event(at: .zero, node: node, kind: .operation(record))
    }
    tell([
      story.started(isDryRun: true), story.begin(0, at: 0), story.begin(1, at: 0),
      operation(0, "docker ps", isSkipped: false),
      operation(
        1, "docker compose up --label " + String(repeating: "0123456789abcdef", count: 4),
        isSkipped: true),
      operation(0, "docker inspect x", isSkipped: false), story.end(1, at: 0, took: 0),
      story.end(0, at: 0, took: 0),
      story.finished(.succeeded, serving: nil, seconds: 0, isDryRun: true),
    ])
    #expect(
      recorder.text == """
        Dry run of grafana: nothing is changed
        + Up target
            $ docker compose up --label 0123456789ab
        ? DetectActive
        dry run: nothing was changed; a run would make 1 change ($) and ask 2 questions (?, shown by --verbose)

        """)
  }

  @Test func `colour changes nothing but the colour`() throws {
    tell(story.failing(), ReportStyle(isColored: true))
    let plain = Recorder()
    var reporter = HumanReporter(to: plain.sink)
    for event in story.failing() { reporter.report(event) }
    #expect(recorder.text.contains("\u{1B}[32m✓\u{1B}[0m"))
    #expect(recorder.text.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain.text)
  }

  @Test func `what serves is said without guessing whether it had served all along`() {
    tell([
      story.started(),
      story.finished(.rollbackFailed, serving: .blue, seconds: 1, isInterrupted: true),
    ])
    #expect(
      recorder.text(.results).hasSuffix(
        "✗ grafana: rollback failed, grafana-blue serves, 1.0 s, exit code 4\n"))
    #expect(recorder.text(.problems).contains("`bgrun resolve "))
  }

  @Test func `what does not serve at the end of a run needs manual intervention`() {
    tell([story.started(), story.finished(.rollbackFailed, serving: nil, seconds: 1)])
    #expect(
      recorder.text(.results).contains("✗ grafana: manual intervention required, "),
      "\(recorder.text)")
    #expect(recorder.text(.problems).contains("then check: `bgrun status PLAN`"))
  }

  @Test func `an interrupted run ends with 128 + the signal`() {
    var reporter = HumanReporter(to: recorder.sink)
    reporter.report(story.started())
    reporter.interrupt(signal: 15)
    reporter.report(story.finished(.cancelled, serving: .blue, seconds: 1))
    #expect(
      recorder.text(.results).hasSuffix(
        "✗ grafana: cancelled, grafana-blue still serves, 1.0 s, exit code 143\n"))
    #expect(
      recorder.text(.problems).hasPrefix(
        "! interrupted: bgrun will stop, nothing is changed yet; press Ctrl-C again to quit immediately\n"
      ))
  }

  /// A run whose second and third steps run side by side, shown on a terminal.
  private func screen(_ events: [Event], _ columns: Int, _ lines: Int = 24) -> [String] {
    let style = ReportStyle(isLive: true, width: { columns })
    var sized = style
    sized.height = { lines }
    tell(events, sized)
    return Screen(recorder.text).lines
  }

  private var sideBySide: [Event] {
    [
      story.started(), Event(at: .zero, kind: .estimate(.seconds(12), runs: 3)),
      story.begin(0, at: 0), story.end(0, at: 0.2, took: 0.2, "blue serves"),
      story.begin(1, at: 0.2), story.begin(2, at: 0.2),
      Event(
        at: .seconds(0.3), node: 1,
        kind: .operation(OperationEntry(text: "docker pull", effect: .change, isSkipped: false))),
      Event(
        at: .seconds(0.3), node: 1,
        kind: .output(OutputLine("pulling layer 1 of 3 from a distant registry", on: .output))),
      Event(at: .seconds(0.3), node: 2, kind: .deadline(.seconds(30.2))),
      story.probe(3, "connection refused by a server with a long name", at: 4.2),
    ]
  }

  @Test
  func `a terminal shows all running steps, those to come, the time left and what Ctrl-C would do`()
  {
    #expect(
      screen(sideBySide, 72)
        == [
          "Deploying grafana",
          "✓ DetectActive  blue serves                                        0.2 s",
          "⠹ Up target                                                       4.0 s",
          "    | pulling layer 1 of 3 from a distant registry",
          "⠹ Health        26 s left · connection refused by a server …      4.0 s",
          "  SwapNginx", "  Reload", "  1/5 · 4.2 s of about 12 s · ^C: stop and roll back",
        ].map { $0.trimmingSuffix(" ") })
  }

  @Test(arguments: [40, 80])
  func `no line is cut inside a word or outgrows the terminal`(columns: Int) {
    let words = Set(
      (sideBySide + story.failing()).flatMap { "\($0)".split { !$0.isLetter }.map(String.init) })
    for line in screen(sideBySide, columns) + Screen(recorder.text).lines {
      #expect(line.width <= columns)
      let cut = line.prefix { $0 != "…" }.split { !$0.isLetter }.last.map(String.init) ?? ""
      #expect(!line.contains("…") || words.contains(cut), "\(line)")
    }
    tell(
      story.failing(),
      {
        var style = ReportStyle(width: { columns }); style.isTerminal = true; return style
      }())
    #expect(Screen(recorder.text).lines.allSatisfy { $0.width <= columns })
  }

  @Test func `a low terminal shows what fits`() {
    let lines = screen(sideBySide, 72, 6)
    #expect(lines.count == 6, "\(lines)")
    #expect(lines[4] == "  … and 3 more lines")
    #expect(lines[5].hasPrefix("  1/5 · "))
  }

  @Test func `what an interruption does is said at each time`() {
    var reporter = HumanReporter(
      to: recorder.sink, style: ReportStyle(isLive: true, width: { 80 }))
    func last() -> String { Screen(recorder.text).lines.last ?? "" }
    reporter.report(story.started())
    reporter.report(story.begin(2, at: 0))
    #expect(last().hasSuffix("^C: stop, nothing is changed yet"))
    reporter.report(Event(at: .zero, kind: .interruptionMeans("go back to blue")))
    reporter.report(story.probe(3, "HTTP 200", at: 4))
    #expect(last().hasSuffix("^C: go back to blue"))
    reporter.report(Event(at: .zero, kind: .interruptionMeans(nil)))
    #expect(last().hasSuffix("^C: stop, the new version keeps serving"), "\(last())")
  }

  @Test func `nothing is left of the live lines at the end`() {
    tell(story.failing(), ReportStyle(isLive: true, width: { 80 }))
    let plain = Recorder()
    var style = ReportStyle(width: { 80 })
    style.isTerminal = true
    var reporter = HumanReporter(to: plain.sink, style: style)
    for event in story.failing() { reporter.report(event) }
    let news = ["  · Health: connection refused", "  · Health: HTTP 503"]
    #expect(
      Screen(recorder.text).lines
        == Screen(plain.text).lines.filter { !news.contains($0) })
  }

  @Test func `a log tells each answer once, and every ten seconds what the run waits for`() {
    var style = ReportStyle()
    style.pulse = .seconds(10)
    let flaps = (1...50).map { index in
      story.probe(1, index % 2 == 0 ? "reset" : "refused", at: Double(index) * 0.5)
    }
    tell(
      [
        story.started(), story.begin(2, at: 0),
        Event(at: .zero, node: 2, kind: .deadline(.seconds(30))),
      ]
        + flaps, style)
    #expect(
      recorder.text == """
        Deploying grafana
          · Health: refused
          · Health: reset
          · Health: 19 s left, reset, 11.0 s so far
          · Health: 9 s left, reset, 21.0 s so far

        """)
  }

  @Test func `while nothing is heard of a run no progress is made up`() {
    let style = ReportStyle(isLive: true, width: { 80 }, now: { .seconds(70) })
    var reporter = HumanReporter(to: recorder.sink, style: style)
    reporter.report(story.started())
    reporter.report(story.begin(1, at: 1))
    reporter.tick(silence: "no news from web1 for 12 s")
    #expect(Screen(recorder.text).lines.last == "  no news from web1 for 12 s")
    reporter.tick()
    #expect(!Screen(recorder.text).lines.contains { $0.contains("no news") })
  }

  @Test func `while a person is asked nothing is rewritten over the answer`() {
    let style = ReportStyle(isLive: true, width: { 80 }, now: { .seconds(2) })
    var reporter = HumanReporter(to: recorder.sink, style: style)
    reporter.report(story.started())
    reporter.report(story.begin(1, at: 1))
    reporter.report(Event(at: .seconds(1), node: 1, kind: .asked("Switch?")))
    let asked = recorder.text
    #expect(asked.hasSuffix("?? Switch? [y/N]\n"), "\(asked)")
    reporter.tick()
    #expect(recorder.text == asked)
    reporter.report(story.end(1, at: 3, took: 2, "approved"))
    reporter.report(story.begin(2, at: 3))
    #expect(recorder.text != asked && recorder.text.hasSuffix("\r"))
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    String(reversed().drop { $0 == character }.reversed())
  }
}
