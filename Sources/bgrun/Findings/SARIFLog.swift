import DeployRunner

/// Findings in the Static Analysis Results Interchange Format 2.1.0, which code hosts show beside
/// the lines.
struct SARIFLog: Encodable {
  let schema = "https://json.schemastore.org/sarif-2.1.0.json"
  let version = "2.1.0"
  let runs: [Run]

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }

  struct Run: Encodable {
    let tool: Tool
    let results: [Entry]
    let columnKind = "utf16CodeUnits"
  }

  struct Tool: Encodable {
    struct Driver: Encodable {
      let name = "bgrun"
      let semanticVersion: String
      let rules: [Rule]
    }

    let driver: Driver
  }

  struct Rule: Encodable {
    struct Configuration: Encodable { let level: String }

    let id: String
    let shortDescription: Text
    let defaultConfiguration: Configuration
  }

  struct Text: Encodable { let text: String }

  struct Entry: Encodable {
    let ruleId: String
    let ruleIndex: Int
    let level: String
    let message: Text
    let locations: [Location]
  }

  struct Location: Encodable {
    struct Physical: Encodable {
      struct Artifact: Encodable { let uri: String }
      struct Region: Encodable {
        let startLine: Int
        let startColumn: Int?
      }

      let artifactLocation: Artifact
      let region: Region?
    }

    let physicalLocation: Physical
  }

  init(_ items: [FindingReport.Item]) {
    let rules = Inspection.rules
    let results = items.flatMap { item in
      item.inspection.findings.map { finding in
        Entry(finding, ruleIndex: rules.firstIndex { $0.id == finding.rule } ?? 0, item.project)
      }
    }
    runs = [
      Run(
        tool: Tool(
          driver: .init(
            semanticVersion: BgrunVersion.text,
            rules: rules.map { rule in
              Rule(
                id: rule.id, shortDescription: Text(text: rule.summary),
                defaultConfiguration: .init(level: rule.severity.rawValue))
            })), results: results)
    ]
  }
}

extension SARIFLog.Entry {
  fileprivate init(_ finding: Finding, ruleIndex: Int, _ project: String?) {
    let message: [String?] = [
      finding.what, finding.why, finding.fix.map { "Fix: \($0)" },
      finding.lines.isEmpty ? nil : finding.lines.joined(separator: "\n"),
    ]
    self.init(
      ruleId: finding.rule, ruleIndex: ruleIndex, level: finding.severity.rawValue,
      message: .init(text: message.compactMap(\.self).joined(separator: "\n")),
      locations: finding.place.map { place in
        let path = FindingPath.relative(place.file, to: project)
        return [
          SARIFLog.Location(
            physicalLocation: .init(
              artifactLocation: .init(uri: FindingPath.uri(path)),
              region: place.line.map { .init(startLine: $0, startColumn: place.column) }))
        ]
      } ?? [])
  }
}

/// The paths in findings: relative ones start at the project folder, or, for the plan, at the
/// working folder.
enum FindingPath {
  /// The path from the project folder, where the file is in it.
  static func relative(_ path: String, to project: String?) -> String {
    guard let project else { return path }
    let folder = Paths.resolved(project) ?? project
    if !path.hasPrefix("/"), Files.exists("\(folder)/\(path)") { return path }
    let absolute = Paths.tidy(Paths.resolved(path) ?? Paths.absolute(path))
    let inside = Paths.relative(absolute, to: folder)
    if inside != absolute { return inside }
    guard Files.exists(absolute) else { return path }
    let (from, to) = (folder.split(separator: "/"), absolute.split(separator: "/"))
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let ups = Array(repeating: "..", count: from.count - shared)
    return (ups + to.dropFirst(shared).map(String.init)).joined(separator: "/")
  }

  /// Where to read the file, for a path in a finding.
  static func file(_ path: String, in project: String?) -> String {
    guard !path.hasPrefix("/"), let project else { return path }
    let inProject = "\(project)/\(path)"
    return Files.isFile(inProject) ? inProject : path
  }

  /// A path as a relative URI reference.
  static func uri(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false)
      .map { String($0).percentEncoded(keeping: "-._~") }.joined(separator: "/")
  }
}
