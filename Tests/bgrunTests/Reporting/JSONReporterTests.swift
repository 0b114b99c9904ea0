import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("The record for programs")
struct JSONReporterTests {
  @Test func `one object a line, keys in order, the last with outcome and exit code`() throws {
    let story = try Story()
    let recorder = Recorder()
    var reporter = JSONReporter(to: recorder.sink)
    for event in story.failing().dropFirst() { reporter.report(event) }
    let lines = recorder.text.split(separator: "\n").map(String.init)
    // The second of two equal answers has no line.
    #expect(lines.count == story.failing().count - 2)
    #expect(lines[7].contains(#""folded":1,"node":2,"#))
    #expect(lines[0] == #"{"event":"step-started","node":0,"time":0}"#)
    #expect(
      lines[5]
        == #"{"answer":"connection refused","attempt":1,"attempts":15,"event":"probe","#
        + #""isGood":false,"node":2,"time":0.7}"#)
    #expect(
      lines[9] == #"{"event":"undo-finished","time":6,"what":"stop grafana-green"}"#)
    let last = try #require(lines.last)
    #expect(last.contains(#""event":"run-finished","exitCode":1,"failedNode":2,"failure":{"#))
    #expect(last.contains(#""serving":{"color":"blue","service":"grafana-blue"}"#))
    #expect(recorder.text(.problems).isEmpty)
  }

  @Test func `the first line names the steps, and later ones say theirs`() throws {
    let story = try Story()
    let recorder = Recorder()
    var reporter = JSONReporter(to: recorder.sink)
    reporter.report(story.started())
    reporter.report(story.begin(1, at: 0.25))
    let lines = recorder.text.split(separator: "\n")
    #expect(lines[0].hasPrefix(#"{"application":"grafana","dryRun":false,"event":"run-started","#))
    #expect(
      lines[0].contains(
        #"{"action":"up","after":[0],"location":"plan.swift:5:3","node":1,"step":"Up target"}"#))
    #expect(
      lines[1]
        == #"{"application":"grafana","event":"step-started","node":1,"step":"Up target","time":0.25}"#
    )
  }

  @Test func `without a reporter an event encodes to the same object`() throws {
    let event: DeployRunner.Event = try Story().begin(1, at: 0.25)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(event), as: UTF8.self)
    #expect(text == #"{"event":"step-started","node":1,"time":0.25}"#)
  }

  @Test func `a signal is told, and makes the exit code`() throws {
    let story = try Story()
    let recorder = Recorder()
    var reporter = JSONReporter(to: recorder.sink)
    reporter.interrupt(signal: 15)
    reporter.report(story.finished(.cancelled, serving: nil, seconds: 1))
    let lines = recorder.text.split(separator: "\n")
    #expect(lines[0].hasPrefix(#"{"date":"2"#))
    #expect(lines[0].hasSuffix(#""event":"interrupted","signal":15,"time":0}"#))
    #expect(lines[1].contains(#""exitCode":143"#))
  }
}
