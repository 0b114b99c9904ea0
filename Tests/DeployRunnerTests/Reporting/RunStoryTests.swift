import DeployDSL
import DeploySimulator
import Foundation
#if canImport(FoundationXML)
  import FoundationXML
#endif
import Testing

@testable import DeployRunner

/// Reports of runs that a journal tells: a page, Markdown and JUnit.
@Suite("Reports of a run") struct RunStoryTests {
  /// The story of a run on a simulated host.
  private func story(
    of plan: Deploy, on prepare: (SimulatedHost) -> Void = { _ in }
  ) async throws -> RunStory {
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    prepare(host)
    _ = try await Deployer.onRecord(host, folder).run(plan)
    let state = try #require(
      try StateFolder.existing(at: folder.stateFolder, application: plan.application.name))
    let run = try #require(try state.journal.runs().first)
    return RunStory(run, try state.journal.open(run))
  }

  private static let plan = Deploy("grafana", health: "/api/health") {
    DetectActive()
    Parallel {
      Run("make", "assets")
      Run("echo", "<b>&\"").named("Say <hello>")
    }
    Up(.target)
    Health(retries: 15, every: 2)
    SwapNginx()
    Reload()
    Run("smoke", "test").named("Smoke test")
    Stop(.previous)
  }

  @Test func `a story has the steps in order, with their times and commands`() async throws {
    let story = try await story(of: Self.plan)
    #expect(story.isDone && story.failed == nil)
    #expect(
      story.steps.map(\.name) == [
        "DetectActive", "Run make", "Say <hello>", "Up target", "Health", "SwapNginx", "Reload",
        "Smoke test", "Stop previous",
      ])
    #expect(story.steps.allSatisfy { $0.status == .succeeded && $0.ended != nil })
    #expect(story.steps[1].commands.map(\.text) == ["make assets"])
    #expect(story.serving.map(\.color) == [.blue, nil, .green])
    #expect(story.serving.last?.ended == story.duration)
    #expect(story.node(1)?.after == [0] && story.node(3)?.after == [1, 2])
  }

  @Test func `a rollback is not told as a deploy`() async throws {
    let plan = Self.plan
    let (folder, host) = (try TemporaryFolder(), SimulatedHost(for: plan.application))
    let deployer = Deployer.onRecord(host, folder)
    _ = try await deployer.run(plan)
    var options = deployer.options
    options.goesBack = true
    _ = try await Deployer(executor: .mock(host), options: options)
      .start(try Deployer.rollback(of: plan.graph())).report()
    let state = try #require(
      try StateFolder.existing(at: folder.stateFolder, application: plan.application.name))
    let stories = try state.journal.runs().map { RunStory($0, try state.journal.open($0)) }
    #expect(stories.map(\.outcome) == ["rolled back", "deployed"])
    #expect(stories[0].markdown.hasPrefix("### ✅ grafana"))
  }

  @Test func `a failed run tells the step, its place, and who served until when`() async throws {
    let story = try await story(of: Self.plan) {
      $0.fail(.command(containing: "smoke"), .failing(errors: "three pages are broken"))
    }
    #expect(story.failed?.name == "Smoke test")
    #expect(story.serving.map(\.color) == [.blue, nil, .green, nil, .blue])
    #expect(
      story.steps.filter(\.isUndo).map(\.name) == ["switch back to blue", "stop grafana-green"])
    for text in [story.markdown, story.junit, RunPage(story).html] {
      #expect(text.contains("Smoke test") && text.contains("three pages are broken"), "\(text)")
      #expect(text.contains("RunStoryTests.swift:"), "\(text)")
    }
    #expect(story.markdown.hasPrefix("### ❌ grafana 1.0 (same image): rolled back\n"))
    #expect(story.junit.contains("failures=\"1\""))
  }

  @Test func `page and JUnit are well-formed, whatever steps are called`() async throws {
    let story = try await story(of: Self.plan)
    for text in [story.junit, Self.asXML(RunPage(story).html)] {
      let parser = XMLParser(data: Data(text.utf8))
      #expect(parser.parse(), "\(String(describing: parser.parserError)) \(text)")
    }
    #expect(RunPage(story).html.contains("Say &lt;hello&gt;"))
    #expect(story.markdown.contains("Say \\<hello\\>"))
  }

  @Test func `runs of several applications are one JUnit report`() async throws {
    let shop = Deploy("shop") { Run("make", "assets") }
    let stories = [try await story(of: Self.plan), try await story(of: shop)]
    let text = RunStory.junit(of: stories)
    let parser = XMLParser(data: Data(text.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError)) \(text)")
    #expect(text.matches(of: /<testsuites>/).count == 1)
    #expect(text.matches(of: /<testsuite\b/).count == 2)
    #expect(text.contains("classname=\"grafana\"") && text.contains("classname=\"shop\""))
  }

  /// The page with its unclosed elements closed.
  private static func asXML(_ page: String) -> String {
    page.replacing(/<meta [^>]*>/, with: "").replacing("<!DOCTYPE html>", with: "")
      .replacing("<details open>", with: "<details>")
  }

  @Test func `the page loads nothing and has no script`() async throws {
    let page = RunPage(try await story(of: Self.plan)).html
    for word in ["<script", "src=", "href=", "url(", "@import"] { #expect(!page.contains(word)) }
    #expect(page.contains("of 6") && page.contains("requests failed"))
  }

  @Test func `the journal of an older bgrun has a page, too`() throws {
    let run = try #require(ExampleJournal.run)
    let lines = try ExampleJournal.lines(ExampleJournal.entries + ExampleJournal.rest, run: run)
    let journal = try Journal(lines.flatMap(\.self), path: "x")
    let story = RunStory(run, journal)
    #expect(RunPage(story).html.contains("requests were not measured"))
    #expect(story.markdown.contains("| step |"))
  }
}
