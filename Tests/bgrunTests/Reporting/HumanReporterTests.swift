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

  @Test("a failing run: each step, then why, what was undone, what serves, what to do")
  func failure() {
    tell(story.failing())
    #expect(
      recorder.text == """
        Deploying grafana
        ✓ DetectActive  blue serves                                                0.2 s
        ✓ Up target     grafana-green started                                      0.4 s
          · Health: attempt 1/15, connection refused
          · Health: attempt 3/15, HTTP 503
        ✗ Health                                                                   4.4 s
        plan.swift:6:3: error: Health: grafana-green did not become healthy: connection refused
          fix: read its log
            | first line
            | second  line
          ↩ undone: stop grafana-green
          next: fix the problem and run the plan again
        ✗ grafana: not deployed, grafana-blue still serves, 6.0 s, exit code 1

        """)
  }

  @Test("quiet: the problem and the last line")
  func quiet() {
    tell(story.failing(), ReportStyle(detail: .quiet))
    #expect(
      recorder.text(.results)
        == "✗ grafana: not deployed, grafana-blue still serves, 6.0 s, exit code 1\n")
    #expect(recorder.text(.problems).hasPrefix("plan.swift:6:3: error: Health: "))
  }

  @Test("problems go to their own channel")
  func channels() {
    tell(story.failing())
    #expect(!recorder.text(.results).contains("fix:"))
    #expect(!recorder.text(.problems).contains("Deploying"))
  }

  @Test("a run that succeeds says what serves, how many steps, how long, and where")
  func success() {
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

  @Test("verbose: commands, what only looks marked otherwise, and their output")
  func verbose() {
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

  @Test("a dry run keeps each step's commands together, also side by side")
  func dryRun() {
    func operation(_ node: Int, _ text: String, isSkipped: Bool) -> Event {
      let record = OperationEntry(
        text: text, effect: isSkipped ? .change : .observe, isSkipped: isSkipped)
      return Event(at: .zero, node: node, kind: .operation(record))
    }
    tell([
      story.started(isDryRun: true), story.begin(0, at: 0), story.begin(1, at: 0),
      operation(0, "docker ps", isSkipped: false),
      operation(1, "docker compose up", isSkipped: true),
      operation(0, "docker inspect x", isSkipped: false), story.end(1, at: 0, took: 0),
      story.end(0, at: 0, took: 0),
      story.finished(.succeeded, serving: nil, seconds: 0, isDryRun: true),
    ])
    #expect(
      recorder.text == """
        Dry run of grafana: nothing is changed
        Up target
          $ docker compose up
        DetectActive
          ? docker ps
          ? docker inspect x
        dry run: nothing was changed ($ = would run, ? = queried now)

        """)
  }

  @Test("colour changes nothing but the colour")
  func color() throws {
    tell(story.failing(), ReportStyle(isColored: true))
    let plain = Recorder()
    var reporter = HumanReporter(to: plain.sink)
    for event in story.failing() { reporter.report(event) }
    #expect(recorder.text.contains("\u{1B}[32m✓\u{1B}[0m"))
    #expect(recorder.text.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain.text)
  }

  @Test("what serves is said without guessing whether it had served all along")
  func takenBackInPart() {
    tell([
      story.started(),
      story.finished(.rollbackFailed, serving: .blue, seconds: 1, isInterrupted: true),
    ])
    #expect(
      recorder.text(.results).hasSuffix(
        "✗ grafana: rollback failed, grafana-blue serves, 1.0 s, exit code 4\n"))
    #expect(recorder.text(.problems).contains("`bgrun resolve "))
  }

  @Test(
    "what does not serve at the end of a run that has ended is reported as needing manual intervention"
  )
  func lastLook() {
    tell([story.started(), story.finished(.rollbackFailed, serving: nil, seconds: 1)])
    #expect(
      recorder.text(.results).contains("✗ grafana: manual intervention required, "),
      "\(recorder.text)")
    #expect(recorder.text(.problems).contains("then check: `bgrun status PLAN`"))
  }

  @Test("an interrupted run ends with 128 + the signal")
  func interrupted() {
    var reporter = HumanReporter(to: recorder.sink)
    reporter.report(story.started())
    reporter.interrupt(signal: 15)
    reporter.report(story.finished(.cancelled, serving: .blue, seconds: 1))
    #expect(
      recorder.text(.results).hasSuffix(
        "✗ grafana: cancelled, grafana-blue still serves, 1.0 s, exit code 143\n"))
    #expect(recorder.text(.problems).hasPrefix("! interrupted: "))
  }

  @Test("the live line shows the step, the attempt and the time, and never outgrows the terminal")
  func live() {
    let style = ReportStyle(isLive: true, width: { 40 })
    tell(
      [
        story.started(), story.begin(2, at: 0),
        story.probe(3, "connection refused by a server with a long name", at: 4),
      ], style)
    let last = recorder.text.split(separator: "\r").last ?? ""
    #expect(last == "⠋ Health        attempt 3/15 connectio…\u{1B}[K")
    #expect(String(last.dropLast(3)).width == 39)
  }

  @Test("the live line shows what an interruption means, from the switch until a stop has begun")
  func interruption() {
    let recorder = Recorder()
    var reporter = HumanReporter(
      to: recorder.sink, style: ReportStyle(isLive: true, width: { 80 }))
    func last() -> Substring { recorder.text.split(separator: "\r").last ?? "" }
    reporter.report(story.started())
    reporter.report(story.begin(2, at: 0))
    #expect(!last().contains("^C"))
    reporter.report(Event(at: .zero, kind: .interruptionMeans("back to blue")))
    reporter.report(story.probe(3, "HTTP 200", at: 4))
    #expect(last() == "⠋ Health        attempt 3/15 HTTP 200  4.0 s  ^C: back to blue\u{1B}[K")
    reporter.report(Event(at: .zero, kind: .interruptionMeans(nil)))
    #expect(!last().contains("^C"), "\(last())")
  }

  @Test("nothing is left of the live line at the end")
  func liveEnd() {
    tell(story.failing(), ReportStyle(isLive: true, width: { 80 }))
    let lines = recorder.text.split(separator: "\n").map { line in
      // What a terminal shows: what follows the last return to the beginning and the erasing.
      String(line.split(separator: "\u{1B}[K").last ?? "").replacing("\r", with: "")
    }
    #expect(lines.last == "✗ grafana: not deployed, grafana-blue still serves, 6.0 s, exit code 1")
    #expect(lines.contains { $0.hasPrefix("✓ Up target     grafana-green started") })
  }

  @Test("while a person is asked nothing is rewritten over the answer")
  func question() {
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
