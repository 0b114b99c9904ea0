import DeployDSL
import DeployRunner

/// `bgrun rollback PLAN [--list | --to RUN]`
struct RollbackCommand: ToolCommand {
  let name = "rollback"
  let summary = "roll back to the previous version, or to that of a run (--list, --to)"
  let options = [.list, .to, .dryRun, .active, .noRollback] + CommandOption.running
  let formats: [Options.Format] = [.human, .json]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let session = RunSession(options: options, output: output, purpose: .rollback)
    guard options.lists || options.run != nil else {
      return try await session.run(plan.with(Deployer.rollback(of: plan.graph)))
    }
    let runner = Deployer(
      executor: try Host(options: options, plan: plan).executor, options: options.runOptions())
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
      return try await session.run(plan.with(Deployer.rollback(of: plan.graph, to: image)))
    case .live:
      throw ToolError(
        "\(version.version.text), the version of run \(version.runs[0]), is live",
        fix: "nothing was changed", code: .failed)
    case .none(let reason):
      throw ToolError(
        "\(version.version.text), the version of run \(version.runs[0]), cannot be rolled back to: "
          + reason, fix: "deploy that version; nothing was changed", code: .failed)
    }
  }

  /// The version that the beginning of a run's ID, or its last part, chooses.
  private static func chosen(
    _ word: String, among versions: [EarlierVersion]
  ) throws(ToolError) -> EarlierVersion {
    let found = versions.filter { version in
      version.runs.contains { $0.text.hasPrefix(word) || $0.text.hasSuffix("-\(word)") }
    }
    guard let version = found.first, found.count == 1 else {
      throw ToolError(
        found.isEmpty
          ? "no version was made live by a run \(word)"
          : "several versions were made live by runs \(word)…",
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
        version.runs[0].text, version.time.map { $0.withAge() } ?? "",
        image.count == 2 && image[0].hasSuffix(image[1]) ? image[0] : image.joined(separator: " "),
        version.way.text,
      ]
    }
    output.write(Table(["run", "started", "version", "way back"], rows).text)
  }

  /// A version, for programs.
  private struct Entry: Encodable {
    var application: String
    var run: String
    /// ISO 8601 in UTC.
    var started: String?
    var version: Version
    /// `live`, `container`, `image` or `none`.
    var way: String
    /// Why there is none.
    var reason: String?

    init(_ version: EarlierVersion, of application: String) {
      self.application = application
      run = version.runs[0].text
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
  fileprivate var text: String {
    switch self {
    case .live: "serves now"
    case .container: "its container, as it was: bgrun rollback"
    case .image: "its image, in a new container: --to RUN"
    case .none(let reason): "none: \(reason)"
    }
  }
}
