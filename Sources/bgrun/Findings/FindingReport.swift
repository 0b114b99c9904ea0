import DeployDSL
import DeployRunner

/// Shows what `bgrun check` and `bgrun doctor` have found: for people, as JSON, or as SARIF.
struct FindingReport {
  /// What was found in the project or on the host of one plan.
  struct Item {
    var plan: LoadedPlan?
    /// The folder to which relative paths belong; `nil` if there is no project.
    var project: String?
    var inspection: Inspection
  }

  let options: Options
  let output: Output

  /// The plans of the command line; `nil` if they are wrong, which is then reported.
  ///
  /// - Parameter orRecorded: Whether what the last run recorded replaces plans that are wrong.
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plans, if people read it.
  @MainActor
  func load(orRecorded: Bool = false) throws -> LoadedFile? {
    let isForPeople = options.format == nil || options.format == .human
    var findings: [Finding] = []
    do {
      let loader = PlanLoader(options: options, output: output)
      return try orRecorded ? loader.loadAllOrRecorded() : loader.loadAll()
    } catch let error as PlanError where !isForPeople {
      findings = error.diagnostics.map { Finding($0) }
    } catch let error as ToolError where !isForPeople && !error.preamble.isEmpty {
      findings = CompilerBlock.errors(in: error.preamble).map {
        Finding(
          compiler: $0.text,
          at: .init(String($0.file), line: $0.line, column: $0.column))
      }
      guard !findings.isEmpty else { throw error }
    }
    let look = Inspection.Look(.plan, notBecause: "it is not valid")
    try write(encoded: [Item(inspection: Inspection(look, findings: findings))])
    return nil
  }

  /// Writes the findings, and how they end.
  ///
  /// - Returns: the exit status: 1 if there are errors, or with `--strict` warnings.
  func write(_ items: [Item], of file: PlanFile?) throws -> Int32 {
    if options.format == nil || options.format == .human {
      for item in items {
        output.write(text(of: item, of: file, isAlone: items.count == 1))
      }
    } else {
      try write(encoded: items)
    }
    let worst = items.flatMap(\.inspection.findings).map(\.severity).max() ?? .note
    let isBad = worst >= (options.isStrict ? .warning : .error)
    return isBad ? ExitCode.failed.rawValue : ExitCode.done.rawValue
  }

  private func write(encoded items: [Item]) throws {
    if options.format == .sarif {
      return try output.write(json: SARIFLog(items))
    }
    try output.write(json: Encoded(items))
  }

  /// The JSON document.
  private struct Encoded: Encodable {
    var findings: [Finding]
    var looks: [Look]

    struct Look: Encodable {
      var application: String?
      var plan: String?
      var subject: Inspection.Subject
      var areas: [String]
      var files: [String]
      var obstacle: String?
    }

    init(_ items: [Item]) {
      findings = items.flatMap(\.inspection.findings)
      looks = items.map { item in
        let look = item.inspection.look
        return Look(
          application: item.plan?.graph.application.name, plan: item.plan?.file.typed,
          subject: look.subject, areas: look.areas, files: look.files, obstacle: look.obstacle)
      }
    }
  }

  // MARK: Text

  private func text(of item: Item, of file: PlanFile?, isAlone: Bool) -> String {
    let text = DiagnosticText(isColored: output.isColored, folder: item.project)
    return item.inspection.findings.map(text.text).joined() + summary(of: item, file, isAlone)
      + "\n"
  }

  /// What was looked at and how it ended, in a line.
  private func summary(of item: Item, _ file: PlanFile?, _ isAlone: Bool) -> String {
    let look = item.inspection.look
    var parts: [String] = []
    if let plan = item.plan, look.subject == .project {
      let count = plan.graph.nodes.count { !$0.step.isMeetingPoint }
      parts.append("plan ok (\(count == 1 ? "1 step" : "\(count) steps"): order, names, values)")
    }
    parts.append(part(of: item.inspection))
    if look.subject == .project {
      parts.append("host not looked at: `bgrun doctor PLAN`")
    }
    let name = item.plan.map { isAlone ? "" : "\($0.graph.application.name): " } ?? ""
    return (file.map { "\($0.typed): " } ?? "") + name + parts.joined(separator: " · ")
  }

  private func part(of inspection: Inspection) -> String {
    let (look, findings) = (inspection.look, inspection.findings)
    if let obstacle = look.obstacle { return "\(look.subject) not looked at: \(obstacle)" }
    let counts = [Finding.Severity.error, .warning, .note].compactMap { severity in
      let count = findings.count { $0.severity == severity }
      return count == 0 ? nil : "\(count) \(severity)\(count == 1 ? "" : "s")"
    }
    let files = look.files.isEmpty ? "" : "\(look.files.joined(separator: ", ")): "
    return "\(look.subject) \(counts.isEmpty ? "ok" : counts.joined(separator: ", ")) "
      + "(\(files)\(look.areas.joined(separator: ", ")))"
  }
}

extension CompilerBlock {
  /// The errors in the compiler's output.
  static func errors(
    in text: String
  ) -> [(file: Substring, line: Int, column: Int, text: String)] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      guard let place = place(of: line) else { return nil }
      let rest = line[place.endIndex...].dropFirst(2)
      let numbers = place.split(separator: ":").suffix(2).compactMap { Int($0) }
      guard rest.hasPrefix("error: "), numbers.count == 2 else { return nil }
      let length = place.split(separator: ":").suffix(2).reduce(0) { $0 + $1.count + 1 }
      return (
        place.dropLast(length), numbers[0], numbers[1], String(rest.dropFirst("error: ".count))
      )
    }
  }
}
