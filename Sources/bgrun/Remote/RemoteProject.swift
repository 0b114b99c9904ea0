import DeployRunner
import Synchronization

/// A project on another host, for which `bgrun init` writes a first plan here.
///
/// Nothing is changed there: what belongs into the project's folder is written here, and the commands
/// that bring it there are told.
struct RemoteProject {
  /// A plan, because programs are made of plans. It is never run.
  private static let plan = """
    import DeployDSL
    Deploy("init") { Print("bgrun init") }

    """

  private let place: RemotePlace
  /// The folder here.
  private let folder: PlanFolder
  /// The folder there.
  private let project: String

  init(at place: RemotePlace, in folder: PlanFolder) {
    (self.place, self.folder) = (place, folder)
    project = place.project ?? Paths.absolute(folder.typed)
  }

  /// The option that names the host, as a shell takes it.
  private var on: String { Command([CommandOption.on.name, place.text]).description }

  /// Finds out on the host what to write here.
  @MainActor
  func report(_ options: Options, _ output: Output) async throws -> FirstPlanReport {
    let program = try program(options, output)
    let host = RemoteHost(
      client: try SSHClient(to: place, hiding: []), program: program.path,
      identity: program.identity, project: project
    ) { text in output.complain("bgrun: \(text)\n") }
    let here: Set = ["--on", "--dry-run", "--yes", "--format", "--color"]
    let command = HostCommand(
      arguments: [InitCommand().name, "--format=json"] + options.words(without: here),
      plan: "PLAN \(on)")
    let said = Mutex("")
    let exitCode = try await host.client.closingAfterwards {
      try await host.run(command) { line in
        if line.stream == .errors {
          output.complain("\(line.text)\n")
        } else {
          said.withLock { $0 += line.text + "\n" }
        }
      }
    }
    guard exitCode == ExitCode.done.rawValue else {
      throw ToolError("no plan was written", code: .environment)
    }
    guard var plan = FirstPlan(jsonLine: said.withLock(\.self).utf8), plan.isHarmless else {
      throw ToolError(
        "\(place.destination) did not tell what its project is like",
        fix: "run `bgrun init` there, in \(project)", code: .environment)
    }
    plan.found = plan.found.map(\.showable)
    plan.hints = plan.hints.map(\.showable)
    return report(plan)
  }

  @MainActor
  private func program(_ options: Options, _ output: Output) throws -> StandaloneProgram {
    let file = "\(try StandaloneProgram.folder("init"))/init.swift"
    guard Files.replace(file, with: Self.plan) else {
      throw ToolError("\(file) cannot be written", code: .environment)
    }
    var building = options
    (building.command, building.words, building.hosts) = (BuildCommand(), [file], [])
    return try StandaloneProgram.build(building, output)
  }

  /// What is to be done here, and from here there.
  private func report(_ plan: FirstPlan) -> FirstPlanReport {
    let (host, folder) = (place.destination, Command([project]).description)
    func command(_ text: String, _ purpose: String?) -> FirstPlanReport.Command {
      let words = ["ssh", host, "cd \(folder) && \(text)"]
      return .init(command: Command(words).description, purpose: purpose)
    }
    var there = plan
    there.start = nil
    var report = FirstPlanReport(there, in: self.folder)
    for index in report.next.indices where !report.next[index].command.hasSuffix(" mock") {
      report.next[index].command += " \(on)"
    }
    var first: [FirstPlanReport.Command] = []
    if let overlay = plan.overlay {
      let words = ["scp", self.folder.path(of: overlay.path), "\(host):\(project)/"]
      first.append(.init(command: Command(words).description, purpose: "needed there"))
    }
    if let line = plan.environmentLine {
      // The file's last line may have no end.
      let append = "printf '\\n%s\\n' \(Command([line]).description) >> .env"
      first.append(command(append, "for everyday commands there"))
    }
    if let start = plan.start { first.append(command(start, "start what does not run yet")) }
    report.environment = nil
    report.next = first + report.next
    return report
  }
}

extension FirstPlan {
  /// Whether a host that has made it up can do no harm here: it chooses no path outside of the
  /// folder, and the plan, which is compiled here, has nothing but the usual steps.
  var isHarmless: Bool {
    let isName = { (text: String) in text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.\-]*/) != nil }
    return applications.allSatisfy { application in
      isName(application.name)
        && (application.version?.parameter.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
          || application.version == nil)
    }
      && (overlay.map { isName($0.path) && [".yml", ".yaml"].contains(where: $0.path.hasSuffix) }
        ?? true)
  }
}
