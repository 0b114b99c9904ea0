import DeployDSL
import DeployRunner
import DeploySimulator

/// `bgrun prove PLAN`: searches for sequences of faults in which the plan breaks a contract; exits with
/// 0 if it finds none.
struct ProveCommand: ToolCommand {
  let name = "prove"
  let summary = "search for sequences of faults that a deploy would not survive"
  let options =
    [.depth, .time, .seed, .invented] + CommandOption.application + [.format, .verbose]
  let examples = [
    "bgrun prove",
    "bgrun prove Plans/grafana.swift --depth 3 --time 10m",
    "bgrun prove && bgrun deploy --require-proof",
  ]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var isProved = true
    let progress = SearchProgress(output, for: options.time)
    let signals = SignalWatch()
    signals.hand { progress.interrupt($0) }
    defer { withExtendedLifetime(signals) {} }
    var limits = options.proofLimits
    limits.onProgress = { progress.isWanted(after: $0) }
    let file = try PlanLoader(options: options, output: output).loadAll()
    for plan in file.plans {
      let copy = await HostCopy(of: plan, options)
      if let note = copy.note { output.complain(note) }
      let proof = await plan.graph.prove(limits) { copy.host() }
      progress.end()
      let proved = await ProvedPlan(plan.graph, copy, proof)
      let certificate = try proved.certify(plan, options)
      if options.format == .json {
        try output.write(json: proved.row(certificate))
      } else {
        output.tell(proved.text(certificate, options.proofAgain))
      }
      isProved = isProved && proof.isProved
      if let exitCode = progress.exitCode { return exitCode }
    }
    let isProvedTogether = try await provesTogether(file, limits, options, output)
    progress.end()
    return progress.exitCode
      ?? (isProved && isProvedTogether ? ExitCode.done : .failed).rawValue
  }

  private func provesTogether(
    _ file: LoadedFile, _ limits: Proof.Limits, _ options: Options, _ output: Output
  ) async throws -> Bool {
    guard let group = await SimulatedGroup(file, options) else { return true }
    let proof = await group.group.prove(limits) { group.host($0) }
    if options.format == .json {
      try output.write(json: group.row(proof))
    } else {
      output.tell(group.text(proof, options.proofAgain))
    }
    return proof.isProved
  }

  /// Makes sure that a plan that is about to be run was proved, for the host as it is now.
  ///
  /// - Throws: ``ToolError`` if it was not.
  static func check(_ plan: LoadedPlan, _ options: Options) async throws {
    let name = plan.graph.application.name
    let fix = "prove it: `bgrun prove PLAN`; nothing was changed"
    guard let folder = try? StatePath.find(options, plan) else {
      throw ToolError("\(name) has no proof", fix: fix, code: .failed)
    }
    let copy = await HostCopy(of: plan, options)
    guard let snapshot = copy.snapshot else {
      throw ToolError(
        "\(name) cannot be proved here: \(copy.obstacle ?? "there is no project")",
        fix: "leave out --require-proof; nothing was changed", code: .failed)
    }
    let state = try StateFolder.existing(at: folder, application: name)
    guard let certificate = state?.certificate else {
      throw ToolError("\(name) has no proof", fix: fix, code: .failed)
    }
    if let doubt = certificate.doubt(about: try .init(plan.graph, host: snapshot.fingerprint)) {
      throw ToolError("\(name) has no fresh proof: \(doubt)", fix: fix, code: .failed)
    }
  }
}

extension Options {
  /// What `prove` searches. Scenarios wait for each other's files, so that there are more of them
  /// than processors.
  fileprivate var proofLimits: Proof.Limits {
    var limits = Proof.Limits()
    limits.depth = depth
    limits.time = time
    limits.seed = seed
    limits.width = 4 * ThisHost.processors
    return limits
  }

  /// The options that search for the same for longer: ` --depth 3`.
  fileprivate var proofAgain: String {
    let usual = Proof.Limits()
    return (depth == usual.depth ? "" : " --depth \(depth)")
      + (seed == usual.seed ? "" : " --seed \(seed)") + (invents ? " --invented" : "")
  }
}

/// A plan's proof, for people and programs.
private struct ProvedPlan {
  let graph: StepGraph
  let copy: HostCopy
  let proof: Proof
  /// The tests of the counterexamples; `nil` for one that tests do not find.
  private var tests: [String?] = []

  init(_ graph: StepGraph, _ copy: HostCopy, _ proof: Proof) async {
    (self.graph, self.copy, self.proof) = (graph, copy, proof)
    for example in proof.counterexamples {
      tests.append(await example.isFoundByTest(of: graph) ? example.test : nil)
    }
  }

  /// Writes the certificate of a plan without a violation on a copied host, if at least each fault
  /// was played alone; otherwise removes it.
  ///
  /// - Returns: the certificate; `nil` if there is none.
  func certify(_ plan: LoadedPlan, _ options: Options) throws -> ProofCertificate? {
    guard let snapshot = copy.snapshot,
      let folder = try? StatePath.find(options, plan)
    else { return nil }
    let name = graph.application.name
    guard proof.isProved else {
      try StateFolder.existing(at: folder, application: name)?.write(nil)
      return nil
    }
    let certificate = ProofCertificate(
      name, try .init(graph, host: snapshot.fingerprint), proof.levels.map(\.cells),
      depth: options.depth, seed: options.seed)
    try StateFolder.prepare(at: folder, application: name).write(certificate)
    return certificate
  }

  // MARK: Text

  func text(_ certificate: ProofCertificate?, _ again: String) -> String {
    let version = proof.good.report.versions?.text.map { ", \($0)" } ?? ""
    var lines = ["\(graph.application.name) on a \(copy.description)\(version)"]
    lines += proof.levels.map(\.text)
    if proof.endStates > 0 {
      lines.append(
        "  the next deploy: played from each of the \(proof.endStates) states that they end in")
    }
    lines += zip(proof.counterexamples, tests).flatMap(text)
    if proof.counterexamples.isEmpty { lines.append(proof.levels.verdict(again)) }
    if let omissions = copy.omissions { lines.append(omissions) }
    if let certificate {
      let share = proof.levels.isWhole ? "" : " of an unfinished search"
      lines.append(
        "  certificate\(share): plan \(certificate.subject.plan), host "
          + "\(certificate.subject.host); `bgrun deploy PLAN --require-proof` asks for it")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ example: Counterexample, _ test: String?) -> [String] {
    let lines = test?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    return ["✗ \(example.violation.contract.rawValue): \(example.violation.text)"]
      + ["  when: \(example.scenario)", "  what happens:"]
      + example.timeLine.map { "    \($0)" }
      + [
        test == nil
          ? "  no test: it does not happen on the simulated host that a test makes"
          : "  as a test, with the plan as `plan`:"
      ] + lines.map { "    \($0)" }
  }

  // MARK: JSON

  func row(_ certificate: ProofCertificate?) -> ProofRow {
    let broken = zip(proof.counterexamples, tests).map { example, test in
      ProofRow.Broken(
        example.violation, example.scenario.description, example.timeLine, test: test)
    }
    var row = ProofRow(proof.levels, broken)
    (row.application, row.certificate) = (graph.application.name, certificate)
    row.endStates = proof.endStates
    return row
  }
}

/// A proof, for programs.
private struct ProofRow: Encodable {
  struct Broken: Encodable {
    var contract: String
    var problem: String
    var scenario: String
    var timeLine: [String]
    /// `nil` for a group, and if tests do not find it.
    var test: String?

    init(_ violation: Violation, _ scenario: String, _ timeLine: [String], test: String? = nil) {
      (contract, problem) = (violation.contract.rawValue, violation.text)
      (self.scenario, self.timeLine, self.test) = (scenario, timeLine, test)
    }
  }

  /// `nil` for a group.
  var application: String?
  /// The applications and hosts of a group; `nil` for a plan.
  var group: [String]?
  /// Whether no contract is broken, and at least each fault was played alone.
  var isProved: Bool
  /// Whether no scenario was left out.
  var isWhole: Bool
  var cells: [ProofCertificate.Cells]
  var counterexamples: [Broken]
  /// `nil` for a group.
  var endStates: Int?
  /// `nil` if none was written.
  var certificate: ProofCertificate?

  init(_ levels: [Proof.Level], _ counterexamples: [Broken]) {
    isProved = counterexamples.isEmpty && levels.provesSomething
    isWhole = levels.isWhole
    (cells, self.counterexamples) = (levels.map(\.cells), counterexamples)
  }
}

extension Proof.Level {
  /// How many were played, as it is kept.
  fileprivate var cells: ProofCertificate.Cells { .init(faults: faults, played: played, all: all) }

  /// How many were played, as a line.
  fileprivate var text: String {
    let share = isWhole ? "all \(all)" : "\(played) of \(all), chosen by the seed,"
    return "  scenarios with \(faults == 1 ? "one fault" : "\(faults) faults"): \(share) played"
  }
}

extension [Proof.Level] {
  /// What is shown if no scenario breaks a contract.
  ///
  /// - Parameter again: the options that search for the same, as a command line has them.
  fileprivate func verdict(_ again: String) -> String {
    guard !isWhole else { return "✓ no contract is broken in any of them" }
    let played = reduce(0) { $0 + $1.played }
    guard provesSomething else {
      return "✗ proves nothing: not even the scenarios with one fault were all played; give it "
        + "more time: `bgrun prove PLAN\(again) --time 10m`"
    }
    return "✓ no contract is broken in the \(played) that were played; "
      + "`bgrun prove PLAN\(again) --time 10m` plays more"
  }
}

extension SimulatedGroup {
  fileprivate func row(_ proof: GroupProof) -> ProofRow {
    let broken = proof.counterexamples.map { example in
      ProofRow.Broken(example.violation, example.scenario.text(group.titles), example.endings)
    }
    var row = ProofRow(proof.levels, broken)
    row.group = group.titles
    return row
  }

  fileprivate func text(_ proof: GroupProof, _ again: String) -> String {
    var lines = ["\(title), simulated"] + proof.levels.map(\.text)
    for example in proof.counterexamples {
      lines.append("✗ \(example.violation.contract.rawValue): \(example.violation.text)")
      lines.append("  when: \(example.scenario.text(group.titles))")
      lines += ["  how each ends:"] + example.endings.map { "    \($0)" }
    }
    if proof.counterexamples.isEmpty { lines.append(proof.levels.verdict(again)) }
    return lines.joined(separator: "\n") + "\n"
  }
}
