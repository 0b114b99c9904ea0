import BgrunSystem
package import DeployDSL

/// What the runs of a plan's file will do, as a dry run has found it: what `bgrun plan` writes, and
/// what `bgrun apply` carries out unless anything has changed since.
///
/// As JSON it has the version of its format, and no secrets.
package struct PlannedRun: Codable, Sendable {
  /// The version of the format: a file of another one cannot be carried out.
  package static let format = 1

  /// Which version of the format it has.
  package private(set) var format = Self.format
  /// The version of bgrun that wrote it.
  package private(set) var bgrun = BgrunVersion.text
  /// When it was made.
  package private(set) var made = Timestamp.now
  /// What the plan was called with.
  package var call: Call
  /// What is deployed, in the plan's order.
  package private(set) var members: [Member] = []

  /// What a plan was called with.
  package struct Call: Codable, Hashable, Sendable {
    /// The plan's file, from the root.
    package var plan: String
    /// The other host, as `--on` names it; `nil` for the machine of the file.
    package var host: String?
    /// The folder of the Compose project; `nil` for the plan's own.
    package var project: String?
    /// The folder of locks and journals; `nil` for the project's own.
    package var state: String?
    /// The chosen applications; empty for all.
    package var only: [String]
    /// The values of parameters that were given, without secrets.
    package var settings: [String: String]
    /// The parameters that hold secrets: they are given again.
    package var secretParameters: [String]
    /// The active colour as it was stated; `nil` if it was found.
    package var active: Color?

    /// A call of a plan.
    package init(
      plan: String, host: String? = nil, project: String?, state: String?, only: [String],
      settings: [String: String], secretParameters: [String], active: Color?
    ) {
      (self.plan, self.host, self.project, self.state, self.only) = (
        plan, host, project, state, only
      )
      (self.settings, self.secretParameters) = (settings, secretParameters)
      self.active = active
    }
  }

  /// What is done for one application.
  package struct Member: Codable, Hashable, Sendable {
    /// Its name.
    package var application: String
    /// The fingerprint of the plan.
    package var plan: String
    /// The fingerprint of what the dry run has found on the host.
    package var host = ""
    /// The active colour.
    package var active: Color?
    /// The versions.
    package var version: VersionChange?
    /// How long it takes, according to earlier runs; `nil` without any.
    package var expected: Expected?
    /// The worst case of a rehearsal on a copy of the host; `nil` without a copy.
    package var worst: Worst?
    /// The steps that the dry run went through, in their order.
    package var steps: [Step] = []
    /// What the user should check.
    package var warnings: [String] = []
    /// Hashes of the files that the run depends on, by their paths; `nil` if they were not read.
    package var files: [String: String]?
  }

  /// How long a run takes.
  package struct Expected: Codable, Hashable, Sendable {
    /// The median of the earlier runs, in seconds.
    package var seconds: Double
    /// How many they are.
    package var runs: Int
  }

  /// The worst of a rehearsal's runs, each with one fault.
  package struct Worst: Codable, Hashable, Sendable {
    /// How many runs there were.
    package var runs: Int
    /// The longest time without a good answer, in seconds, while the machine was up.
    package var outage: Double
    /// The longest time until all was undone, in seconds; `nil` if nothing had to be.
    package var wayBack: Double?
    /// How many runs a person would have to repair.
    package var manual: Int

    /// What a rehearsal has found.
    package init(runs: Int, outage: Double, wayBack: Double?, manual: Int) {
      (self.runs, self.outage, self.wayBack, self.manual) = (runs, outage, wayBack, manual)
    }
  }

  /// What a step does.
  package struct Step: Codable, Hashable, Sendable {
    /// Its name.
    package var name: String
    /// What the dry run says of it.
    package var summary = ""
    /// The changes that it makes, as commands.
    package var changes: [String] = []
    /// The lines of files that it removes and adds.
    package var differences: [FileDifference] = []
  }

  /// Collects the events of a dry run.
  package init(of call: Call) { self.call = call }

  /// The applications by their index in the group, and their steps by node.
  private var open: [Int: Member] = [:]
  private var places: [Int: [Int: Int]] = [:]
  private var graphs: [Int: StepGraph] = [:]

  private enum CodingKeys: CodingKey { case format, bgrun, made, call, members }
}

extension PlannedRun {
  /// Notes what a dry run tells.
  package mutating func note(_ event: DeploymentGroup.MemberEvent) {
    let number = event.member
    if case .runStarted(let graph, _) = event.event.kind {
      open[number] = Member(
        application: graph.application.name, plan: (try? PlanFingerprint.of(graph)) ?? "")
      (graphs[number], places[number]) = (graph, [:])
      return
    }
    guard var member = open[number] else { return }
    switch event.event.kind {
    case .versions(let change):
      member.version = change
      member.version?.settings = nil
    case .estimate(let time, let runs):
      member.expected = Expected(seconds: time.inMilliseconds, runs: runs)
    case .warning(let text): member.warnings.append(text)
    case .operation(let entry) where entry.isSkipped && entry.effect == .change:
      change(event, &member) { $0.changes.append(entry.text) }
    case .difference(let difference):
      change(event, &member) { $0.differences.append(difference) }
    case .nodeFinished(let report):
      change(event, &member) { $0.summary = report.status == .wouldRun ? "" : report.summary }
    case .runFinished(let report):
      member.active = report.serving
      member.host = Self.fingerprint(of: member)
      members.append(member)
      let order = open.sorted { $0.key < $1.key }.map(\.value.application)
      members.sort { one, other in
        (order.firstIndex(of: one.application) ?? 0)
          < (order.firstIndex(of: other.application) ?? 0)
      }
    default: break
    }
    open[number] = member
  }

  /// Changes a member's step; it begins with the first event that belongs to it.
  private mutating func change(
    _ event: DeploymentGroup.MemberEvent, _ member: inout Member, _ change: (inout Step) -> Void
  ) {
    guard let id = event.event.node, let node = graphs[event.member]?.nodes[id],
      !node.step.isMeetingPoint
    else { return }
    let place = places[event.member]?[id] ?? member.steps.count
    if place == member.steps.count {
      member.steps.append(Step(name: node.name))
      places[event.member, default: [:]][id] = place
    }
    change(&member.steps[place])
  }

  /// A hash of what was found: sixteen hexadecimal digits.
  private static func fingerprint(of member: Member) -> String {
    var hash = SHA256()
    for line in member.facts { hash.update(Array("\(line)\n".utf8)) }
    return hash.shortHex()
  }

  /// Adds the files that the run of an application depends on.
  package mutating func add(_ files: [String: String], for application: String) {
    change(application) { $0.files = files }
  }

  /// Adds what a rehearsal has found for an application.
  package mutating func add(_ worst: Worst, for application: String) {
    change(application) { $0.worst = worst }
  }

  private mutating func change(_ application: String, _ change: (inout Member) -> Void) {
    for index in members.indices where members[index].application == application {
      change(&members[index])
    }
  }
}

extension PlannedRun.Member {
  /// What the run does, a line each: two runs with the same lines do the same.
  package var facts: [String] {
    var lines = [active.map { "active: \($0)" } ?? "active: unknown"]
    lines += [("from", version?.from), ("to", version?.to)].map { name, version in
      "version \(name): "
        + (version.map { $0.image + ($0.shortID.map { " (\($0))" } ?? "") } ?? "unknown")
    }
    for step in steps {
      lines += step.summary.isEmpty ? [] : ["\(step.name): \(step.summary)"]
      lines += step.changes.map { "\(step.name): $ \($0)" }
      for difference in step.differences {
        lines += difference.lines.map { line in
          "\(step.name): \(difference.file):\(line.line) "
            + (line.change == .removed ? "- " : "+ ") + line.text
        }
      }
    }
    return lines
  }
}

extension PlannedRun {
  /// What an older one of the same plan does otherwise: `- ` for what it did, `+ ` for what this one
  /// does instead; empty if both do the same.
  package func changes(since old: PlannedRun) -> [String] {
    var lines: [String] = []
    let names = old.members.map(\.application)
    let all = names + members.map(\.application).filter { !names.contains($0) }
    for name in all {
      let (before, after) = (old.member(name), member(name))
      var its = Self.difference(before?.facts ?? [], after?.facts ?? [])
      if before == nil { its = ["+ it is deployed, too"] }
      if after == nil { its = ["- it is deployed"] }
      if its.isEmpty, before?.plan != after?.plan {
        its = ["+ the plan's steps or arguments have changed"]
      }
      its += Self.changed(before?.files, after?.files)
      lines += its.map { all.count > 1 ? "\(name): \($0)" : $0 }
    }
    return lines
  }

  private func member(_ name: String) -> Member? { members.first { $0.application == name } }

  /// The files that have changed; none if one of both did not read them.
  private static func changed(_ old: [String: String]?, _ new: [String: String]?) -> [String] {
    guard let old, let new else { return [] }
    return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted().map { file in
      old[file] == nil
        ? "+ \(file)" : new[file] == nil ? "- \(file)" : "+ \(file) has other content"
    }
  }

  private static func difference(_ old: [String], _ new: [String]) -> [String] {
    let changes = new.difference(from: old)
    var removed = changes.removals[...]
    var added = changes.insertions[...]
    var lines: [String] = []
    for place in 0...(old.count + new.count) {
      while case .remove(let offset, let line, _)? = removed.first, offset == place {
        lines.append("- \(line)")
        removed.removeFirst()
      }
      while case .insert(let offset, let line, _)? = added.first, offset == place {
        lines.append("+ \(line)")
        added.removeFirst()
      }
    }
    return lines
  }
}

// MARK: JSON

extension PlannedRun {
  /// Reads what ``json`` writes.
  ///
  /// - Throws: if it is something else, or has another version of the format.
  package init(json: [UInt8]) throws {
    let read = try JSONDecoder().decode(PlannedRun.self, from: Data(json))
    guard read.format == Self.format else {
      throw DeployError(.environment, "its format is \(read.format), not \(Self.format)")
    }
    self = read
  }

  /// The JSON, with lines for people.
  ///
  /// - Throws: if it cannot be encoded.
  package func json() throws -> String {
    String(decoding: try jsonBytes(isPretty: true), as: UTF8.self) + "\n"
  }
}
