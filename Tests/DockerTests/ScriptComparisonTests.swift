import Foundation
import Testing

extension DockerTests {
  /// What the tool is worth: the script that it replaces, measured in the same run.
  @Suite("Compared with the script") struct ScriptComparisonTests {
    private static let script = Repository.fixtures.appending(path: "deploy.sh").path

    @Test("deploys under load and with downloads in flight, side by side", .timeLimit(.minutes(10)))
    func sideBySide() async throws {
      try await Project.with(settings: [.blue: ["BOOT": "2"], .green: ["BOOT": "2"]]) { project in
        var table = [
          "| 2 s boot, 12 clients | seconds | without start and boot | answered | failed "
            + "| closed idle | downloads whole |",
          "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for downloading in [false, true] {
          for tool in [true, true, false, false] {
            let row = try await measure(project, tool: tool, downloading: downloading)
            table.append(row)
          }
        }
        print(table.joined(separator: "\n"))
      }
    }

    /// Deploys once, and gives the table's line.
    private func measure(
      _ project: Project, tool: Bool, downloading: Bool
    ) async throws -> String {
      let name = tool ? "bgrun" : "deploy.sh"
      let target = try #require(project.live()).other
      // Paced: clients that use up both cores would measure the machine.
      let load = Load(port: project.port, pause: 25)
      let downloads = downloading ? Downloads(port: project.port) : nil
      let ended =
        tool
        ? try await project.bgrun("--format", "json")
        : try await Shell.run([Self.script], in: project.folder)
      #expect(ended.status == 0, "\(name): \(ended)")
      try await project.wait(for: target)
      let results = await downloads?.results()
      let tally = await load.stop()
      if tool {
        #expect(tally.failed == 0, "\(tally)")
        #expect(results?.allSatisfy { $0 == "whole" } ?? true, "\(results ?? [])")
      }
      let whole = results.map { "\($0.count { $0 == "whole" }) of \($0.count)" } ?? "–"
      let rest = tool ? Self.text(ended.seconds - Self.boot(in: ended.output)) : "–"
      return "| \(name) → \(target.rawValue) | \(Self.text(ended.seconds)) | \(rest) "
        + "| \(tally.answered) | \(tally.failed) | \(tally.closedWhileIdle) | \(whole) |"
    }

    private static func text(_ seconds: Double) -> String { String(format: "%.2f", seconds) }

    /// How long the target took from being started until it was healthy: no tool could be faster.
    private static func boot(in events: String) -> Double {
      events.split(separator: "\n").compactMap { line -> Double? in
        guard let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)),
          let event = event as? [String: Any], event["event"] as? String == "step-finished",
          let step = event["step"] as? String, ["Up target", "Health"].contains(step)
        else { return nil }
        return event["duration"] as? Double
      }.reduce(0, +)
    }
  }
}
