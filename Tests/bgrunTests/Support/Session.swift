import Foundation
import Testing

/// A recorded session: files, commands and everything that they print.
///
///     # A comment.
///     == p.swift                begins a file, `==` ends it
///     $ bgrun check p.swift     a command of bash, in the session's folder
///       p.swift: no problems    its standard output
///     ! a warning               its standard error
///     [2]                       its exit code, if it is not 0
struct Session: CustomTestStringConvertible {
  let name: String
  var testDescription: String { name }
  var file: URL { Fixture.file("Sessions/\(name).txt") }

  static var all: [Session] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: Fixture.file("Sessions").path).sorted()
        .filter { $0.hasSuffix(".txt") }.map { Session(name: String($0.dropLast(4))) }
    }
  }

  /// The session as it goes now.
  func played() async throws -> String {
    let bench = try Workbench()
    try bench.write("grafana.swift", SamplePlan.grafana)
    var (text, file) = ("", (name: "", lines: [String]?.none))
    for line in try String(contentsOf: self.file, encoding: .utf8).lines {
      if line == "==", let lines = file.lines {
        try bench.write(file.name, lines.map { $0 + "\n" }.joined())
        file.lines = nil
      } else if file.lines != nil {
        file.lines?.append(String(line))
      } else if line.hasPrefix("== ") {
        file = (String(line.dropFirst(3)), [])
      }
      text += file.lines != nil || line.isEmpty || "#$=".contains(line.prefix(1)) ? "\(line)\n" : ""
      if file.lines == nil, line.hasPrefix("$ ") {
        text += try await answer(to: String(line.dropFirst(2)), on: bench)
      }
    }
    return text
  }

  private func answer(to command: String, on bench: Workbench) async throws -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let ending = try await bench.run(
      ["/bin/bash", "-c", command],
      environment: ["PATH": "\(try Workbench.tool().deletingLastPathComponent().path):\(path)"])
    return shown(ending.output, bench, after: "  ") + shown(ending.errors, bench, after: "! ")
      + (ending.status == 0 ? "" : "[\(ending.status)]\n")
  }

  /// A text without what differs from run to run: times, names of runs, this machine's names.
  private func shown(_ text: String, _ bench: Workbench, after prefix: String) -> String {
    let steady = text.replacing(bench.folder.path, with: "FOLDER")
      .replacing(/\d{8}-\d{6}-[0-9a-f]{4}/, with: "RUN")
      .replacing(/(\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(\.\d{3}(?=Z))?Z?/, with: "TIME")
      .replacing(/TIME( \S+)?, (just now|\d+ (min|h|d) ago)/, with: "TIME, AGO")
      .replacing(/[\w.-]+@[\w.-]+/, with: "USER@HOST")
      .replacing(/by [\w.-]+( on [\w.-]+)?(?=:| at| since|, )/, with: "by USER")
      .replacing(/"(time|duration)":[0-9.]+/) { "\"\($0.1)\":0" }
      .replacing(/(,| in|:|^|  ) *[0-9.]+ (ms|s)\b(?:(  ) *)?/.anchorsMatchLineEndings()) {
        "\($0.1) N s\($0.3 ?? "")"
      }
    return steady.lines.map { "\(prefix)\($0)\n" }.joined()
  }
}

extension String {
  fileprivate var lines: [Substring] {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    return lines.last == "" ? lines.dropLast() : lines
  }
}
