import Foundation
import Synchronization
import Testing

extension DockerTests {
  /// A secret in every place where a plan may use one is found in no output, no file and no argv.
  @Suite("Secrets") struct SecretTests {
    /// Found nowhere else, not even in another run of these tests.
    private static let canary = "canary-Xq7Wv2/pÖ~9K-\(getpid())"
    private static let fileCanary = "canary-file-Tz4Rn8-\(getpid())"

    @Test("a real deploy with secrets leaves no trace of them, whatever the format")
    func leavesNoTrace() async throws {
      try await Project.with { project in
        let plan = try Self.plan(in: project, failing: false)
        let environment = ["CANARY": Self.canary]
        let sampler = ArgumentSampler(for: Self.needles)
        for words in [["--dry-run"], ["--verbose"], ["--format", "json"], ["--quiet"]] {
          let ended = try await Shell.run(
            [Repository.bgrun.path, plan.path, "--project", project.folder.path] + words,
            in: project.folder, environment: environment)
          #expect(ended.status == 0, "\(words): \(ended)")
          Self.expectNone(in: ended.text, "\(words)")
        }
        #expect(await sampler.stop() == 0, "a secret in /proc/*/cmdline")
        try await Self.expectNoTrace(project, plan, environment)
      }
    }

    @Test("a failing command that prints them, also in base64, shows dots")
    func failing() async throws {
      try await Project.with { project in
        let plan = try Self.plan(in: project, failing: true)
        let environment = ["CANARY": Self.canary]
        for words in [["--verbose"], ["--format", "json"], []] {
          let ended = try await Shell.run(
            [Repository.bgrun.path, plan.path, "--project", project.folder.path] + words,
            in: project.folder, environment: environment)
          #expect(ended.status == 1, "\(words): \(ended)")
          #expect(ended.text.contains("••••"), "\(words): \(ended)")
          Self.expectNone(in: ended.text, "\(words)")
        }
        try await Self.expectNoTrace(project, plan, environment)
      }
    }

    /// The secret as it is, and as others write it.
    private static let needles: [String] = [canary, fileCanary].flatMap { text in
      let encoded = Data(text.utf8).base64EncodedString()
      return [text, encoded, String(encoded.prefix(16))]
    }

    /// A plan that gives secrets to the target and to commands.
    private static func plan(in project: Project, failing: Bool) throws -> URL {
      let file = project.folder.appending(path: "password")
      try Data((fileCanary + "\n").utf8).write(to: file)
      let script =
        failing
        ? #"echo \"say $CANARY\"; cat >&2; printf %s \"$CANARY\" | base64; exit 9"#
        : #"cat > /dev/null; test -n \"$CANARY\"; sleep 0.3"#
      let run =
        "Run(\"sh\", \"-c\", \"\(script)\", environment: [\"CANARY\": Secret(\"CANARY\")], "
        + "input: Secret.file(\"password\"))"
      return try project.plan {
        $0.replacing(
          "Up(.target)",
          with: "Up(.target, environment: [\"ADMIN\": Secret(\"CANARY\")])\n  \(run)")
      }
    }

    private static func expectNone(in text: String, _ place: String) {
      for needle in needles {
        #expect(!text.contains(needle), "\(place): a secret is in\n\(text)")
      }
    }

    /// Looks through the state folder, the cache, and what history and status print.
    private static func expectNoTrace(
      _ project: Project, _ plan: URL, _ environment: [String: String]
    ) async throws {
      let history = try await project.bgrun(command: "history", plan: plan)
      var texts = [history.text]
      for line in history.output.split(separator: "\n") {
        let run = String(line.prefix { $0 != " " })
        texts.append(try await project.bgrun(command: "history", run, plan: plan).text)
      }
      texts.append(try await project.bgrun(command: "status", plan: plan).text)
      for text in texts { expectNone(in: text, "history and status") }
      let cache =
        ProcessInfo.processInfo.environment["XDG_CACHE_HOME"]
        ?? "\(NSHomeDirectory())/.cache"
      let state = project.folder.appending(path: ".bgrun").path
      #expect(FileManager.default.fileExists(atPath: state))
      for folder in [state, "\(cache)/bgrun"] where FileManager.default.fileExists(atPath: folder) {
        for needle in needles {
          let found = try await Shell.run(
            [
              "grep", "--recursive", "--text", "--files-with-matches", "--fixed-strings", "--",
              needle, folder,
            ])
          #expect(found.status == 1, "a secret is in \(found)")
        }
      }
    }
  }
}

/// Reads every process's arguments over and over, and counts those with a needle in them.
private final class ArgumentSampler: Sendable {
  private let crew: Crew<Int>

  init(for needles: [String]) {
    let stopping = Stop()
    flag = stopping
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
    flag.set()
    return await crew.results().reduce(0, +)
  }

  private let flag: Stop

  private final class Stop: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }
}
