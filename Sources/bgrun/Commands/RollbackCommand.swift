import DeployDSL
import DeployRunner

/// `bgrun rollback PLAN [--list | --to RUN]`
struct RollbackCommand: ToolCommand {
  let name = "rollback"
  let summary = "roll back to the previous version, or to that of a run (--list, --to)"
  let options = [.list, .to, .dryRun, .active, .noRollback] + CommandOption.running
  let examples = ["bgrun rollback", "bgrun rollback --list", "bgrun rollback --to RUN"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let session = RunSession(options: options, output: output, purpose: .rollback)
    guard options.lists || options.run != nil else {
      return try await session.run(plan.with(Deployer.rollback(of: plan.graph)))
    }
    let runner = Deployer(
      executor: try await Host(options: options, plan: plan).executor, options: options.runOptions()
    )
    let versions = try await runner.earlierVersions(of: plan.graph)
    guard let prefix = options.run else {
      try show(versions, of: plan.graph.application.name, options, output)
      return ExitCode.done.rawValue
    }
    let version = try Self.chosen(prefix, among: versions)
    switch version.way {
    case .container:
      return try await session.run(plan.with(Deployer.rollback(of: plan.graph)))
    case .image(let image):
      let pinned = try await runner.pinned(image, of: version, in: plan.graph)
      return try await session.run(plan.with(Deployer.rollback(of: plan.graph, to: pinned)))
    case .live:
      throw ToolError(
        "\(version.title) is live", fix: "nothing was changed", code: .failed)
    case .none(let reason):
      throw ToolError(
        "\(version.title) cannot be rolled back to: \(reason)",
        fix: "deploy that version; nothing was changed", code: .failed)
    }
  }

  /// The version that a run or the version's own name chooses.
  private static func chosen(
    _ word: String, among versions: [EarlierVersion]
  ) throws(ToolError) -> EarlierVersion {
    let found = versions.filter { $0.isNamed(word) }
    guard let version = found.first, found.count == 1 else {
      throw ToolError(
        found.isEmpty
          ? "\(word) is neither a run that made a version live nor such a version"
          : "\(word) fits several versions",
        fix: "list the versions: `bgrun rollback PLAN --list`")
    }
    return version
  }

  private func show(
    _ versions: [EarlierVersion], of application: String, _ options: Options, _ output: Output
  ) throws {
    if options.format == .json {
      for version in versions { try output.write(json: Entry(version, of: application)) }
      return
    }
    guard !versions.isEmpty else {
      return output.write("\(application): no run has recorded a version yet\n")
    }
    let rows = versions.map { version in
      let image = [version.version.text, version.version.shortID].compactMap(\.self)
      return [
        version.runs.first?.text ?? version.replacedBy.map { "before \($0)" } ?? "",
        version.time.map { $0.withAge() } ?? "",
        image.count == 2 && image[0].hasSuffix(image[1]) ? image[0] : image.joined(separator: " "),
        version.way.text(for: version),
      ]
    }
    output.write(Table(["run", "started", "version", "way back"], rows).text)
  }

  /// A version, for programs.
  private struct Entry: Encodable {
    var application: String
    /// `nil` if no run made it live: it was live before the run `replacedBy`.
    var run: String?
    var replacedBy: String?
    /// ISO 8601 in UTC.
    var started: String?
    var version: Version
    /// `live`, `container`, `image` or `none`.
    var way: String
    /// Why there is none.
    var reason: String?

    init(_ version: EarlierVersion, of application: String) {
      self.application = application
      run = version.runs.first?.text
      replacedBy = run == nil ? version.replacedBy?.text : nil
      started = version.time?.iso
      self.version = version.version
      (way, reason) =
        switch version.way {
        case .live: ("live", nil)
        case .container: ("container", nil)
        case .image: ("image", nil)
        case .none(let reason): ("none", reason)
        }
    }
  }
}

extension EarlierVersion.Way {
  fileprivate func text(for version: EarlierVersion) -> String {
    switch self {
    case .live: "serves now"
    case .container: "its container, as it was: bgrun rollback"
    case .image: "its image, in a new container: --to \(version.runs.isEmpty ? version.key : "RUN")"
    case .none(let reason): "none: \(reason)"
    }
  }
}
