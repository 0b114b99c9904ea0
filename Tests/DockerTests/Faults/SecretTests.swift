import Foundation
import Testing

extension DockerTests {
  /// A secret in every place where a plan may use one is found in no output, no file and no argv.
  @Suite("Secrets") struct SecretTests {
    /// Unique, even among several runs of these tests.
    private static let canary = "canary-Xq7Wv2/pÖ~9K-\(getpid())"
    private static let fileCanary = "canary-file-Tz4Rn8-\(getpid())"

    /// The secrets, and their encodings.
    private static let needles: [String] = [canary, fileCanary].flatMap { text in
      let encoded = Data(text.utf8).base64EncodedString()
      return [text, encoded, String(encoded.prefix(16))]
    }

    @Test func `a deploy with secrets leaves no trace of them, whatever the format`() async throws {
      try await Project.with { project in
        let plan = try Self.plan(
          in: project, running: #"cat > /dev/null; test -n \"$CANARY\"; sleep 0.3"#)
        let sampler = ArgumentSampler(for: Self.needles)
        for words in ["--dry-run", "--verbose", "--format=json", "--quiet"] {
          try await Self.bgrun(project, plan, words)
        }
        #expect(await sampler.stop() == 0, "a secret in /proc/*/cmdline")
        try await Self.expectNoTrace(project, plan)
      }
    }

    @Test func `a failing command that prints them, also in base64, shows dots`() async throws {
      try await Project.with { project in
        let plan = try Self.plan(
          in: project,
          running: #"echo \"say $CANARY\"; cat >&2; printf %s \"$CANARY\" | base64; exit 9"#)
        for words in ["--verbose", "--format=json", "--color=never"] {
          try await Self.bgrun(project, plan, words, exits: 1, says: ["••••"])
        }
        try await Self.expectNoTrace(project, plan)
      }
    }

    /// Runs bgrun with the secrets, and a cache of the project's own; they must not be printed.
    private static func bgrun(
      _ project: Project, _ plan: URL, _ words: String, exits status: Int32 = 0,
      says texts: [String] = []
    ) async throws {
      let cache = project.folder.appending(path: "cache").path
      let ended = try await project.bgrun(
        words, plan: plan, environment: ["CANARY": canary, "BGRUN_CACHE": cache], exits: status,
        says: texts)
      expectNone(in: ended.text, words)
    }

    /// A plan that gives secrets to the target and to a script.
    private static func plan(in project: Project, running script: String) throws -> URL {
      try project.write(fileCanary + "\n", to: "password")
      let run =
        "Run(\"sh\", \"-c\", \"\(script)\", environment: [\"CANARY\": Secret(\"CANARY\")], "
        + "input: Secret.file(\"password\"))"
      return try project.plan([
        "Up(.target)": "Up(.target, environment: [\"ADMIN\": Secret(\"CANARY\")])\n  \(run)"
      ])
    }

    private static func expectNone(in text: String, _ place: String) {
      for needle in needles {
        #expect(!text.contains(needle), "\(place): a secret is in\n\(text)")
      }
    }

    /// Looks through the state folder, the cache, and what history and status print.
    private static func expectNoTrace(_ project: Project, _ plan: URL) async throws {
      let history = try await project.bgrun("history", plan: plan, exits: nil)
      var text = history.text + (try await project.bgrun("status", plan: plan, exits: nil).text)
      for line in history.output.split(separator: "\n") {
        let run = String(line.prefix { $0 != " " })
        text += try await project.bgrun("history", run, plan: plan, exits: nil).text
      }
      expectNone(in: text, "history and status")
      // Not as arguments: the other test may be looking at those.
      try project.write(needles.joined(separator: "\n") + "\n", to: "needles")
      for folder in [".bgrun", "cache"] {
        let found = try await Shell.run(
          [
            "grep", "--recursive", "--text", "--files-with-matches", "--fixed-strings",
            "--file=needles", folder,
          ], in: project.folder)
        #expect(found.status == 1, "a secret is in \(found)")
      }
    }
  }
}

/// Reads every process's arguments over and over, and counts those with a needle in them.
private final class ArgumentSampler: Sendable {
  private let stopping: Flag
  private let crew: Crew<Int>

  init(for needles: [String]) {
    let stopping = Flag()
    self.stopping = stopping
    let bytes = needles.map { Data($0.utf8) }
    crew = Crew(1) { _ in
      var hits = 0
      while !stopping.isSet {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in processes where process.allSatisfy(\.isNumber) {
          guard let data = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
          else { continue }
          hits += bytes.count { data.range(of: $0) != nil }
        }
        usleep(20_000)
      }
      return hits
    }
  }

  /// How many arguments had a needle in them.
  func stop() async -> Int {
    stopping.set()
    return await crew.results().reduce(0, +)
  }
}
