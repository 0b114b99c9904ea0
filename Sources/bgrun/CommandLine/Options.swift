import DeployDSL
import DeployRunner

/// The parsed command line.
struct Options: Sendable {
  enum ExecutorChoice: String, CaseIterable, Sendable { case docker, mock }
  enum Format: String, CaseIterable, Sendable {
    case human, json, text, mermaid, dot, sarif, html, markdown, junit
  }
  enum ColorChoice: String, CaseIterable, Sendable { case auto, always, never }

  struct Setting: Equatable, Sendable {
    var name: String
    var value: String
  }

  var command: any ToolCommand = RunCommand()
  /// Whether the command was named; the default is to run a plan.
  var hasCommandWord = false
  var words: [String] = []
  var wantsHelp = false
  var wantsVersion = false
  var executor = ExecutorChoice.docker
  var isDryRun = false
  var project: String?
  var settings: [Setting] = []
  /// The selected applications; none means all.
  var only: [String] = []
  var active: Color?
  var format: Format?
  var color = ColorChoice.auto
  var reason: String?
  var lockWait: TimeSpan = 0
  var rollsBack = true
  var isUndo = false
  /// Whether a run measures what users see.
  var takesReceipt = true
  /// Whether `rollback` lists the versions.
  var lists = false
  /// The run whose version `rollback` chooses, or that the command is about.
  var run: String?
  var stateFolder: String?
  var updatesPackages = false
  var approves = false
  /// Where `build` puts the program.
  var out: String?
  /// The file that `plan` compares with.
  var compared: String?
  /// What `plan` compares with, or `apply` carries out.
  var planned: PlannedFile?
  /// What `plan` writes down as the command line, where another machine has it.
  var call: PlannedRun.Call?
  /// Whether the built program loads C libraries.
  var isDynamic = false
  /// Whether warnings count as errors.
  var isStrict = false
  /// Whether only the plan is checked.
  var skipsProject = false
  /// Whether a simulated host is invented although there is a project.
  var invents = false
  /// The step and fault whose time line is shown.
  var cell: String?
  /// Whether a replayed run is printed as a test.
  var isForTest = false
  /// How many faults a proof's scenarios have at most.
  var depth = 2
  /// How long to search for a proof.
  var time: Duration = .seconds(60)
  /// What a proof plays first.
  var seed: UInt64 = 1
  /// Whether to run only plans that were proved.
  var requiresProof = false
  /// Whether to repair what is safe.
  var repairs = false
  var isQuiet = false
  /// The answers that `bgrun init` would ask for.
  var applications: [String] = []
  var composeFiles: [String] = []
  var blue: String?
  var green: String?
  var workers: [String] = []
  var proxy: String?
  var site: String?
  var health: String?
  var volumes: SecondColor.Volumes?
  var wantsExample = false
  var image: String?
  var isVerbose = false
  /// Whether `status` is shown again and again.
  var watches = false
  /// Whether `logs` waits for new lines.
  var follows = false
  /// How many lines of each container `logs` shows.
  var lines = 100
  /// The hosts of `--on`.
  var hosts: [String] = []
  /// The hosts of `--only-host`; none means all.
  var onlyHosts: [String] = []
  /// Whether this process works on a host for another machine.
  var isOnHost = false
  /// What compiling the plan has led to, and the plans that were loaded, so that both are done once.
  var compiled: Result<(file: PlanFile, plan: CompiledPlan), any Error>?
  var loaded: Result<LoadedFile, any Error>?
  /// Whether `follow` cancels the run.
  var cancels = false
  /// The options as they were given, in order.
  var given: [(name: String, value: String?)] = []
  /// Whether the plan's files are sent to the host.
  var sendsFiles = false
  /// The run that this process performs for another machine.
  var detached: RunID?
  /// The secrets and files that another machine has sent.
  var secrets: [Secret: String] = [:]
  var files: [String: [UInt8]] = [:]
  /// What proposed commands name as the plan, if it is not the first word.
  var planName: String?

  /// The options of a run.
  func runOptions(
    resume: RunOptions.Resume? = nil, approval: RunOptions.Approval = .refuse
  ) -> RunOptions {
    var options = RunOptions(
      active: active, isDryRun: isDryRun, rollsBack: rollsBack, reason: reason,
      lockWait: lockWait, resume: resume, stateFolder: stateFolder.map(Paths.absolute),
      approval: approval)
    options.secrets = secrets
    return options
  }

  /// Removes the run that the last word names, and returns it; `nil` if the command takes none, or
  /// none is named.
  mutating func takeRun() -> String? {
    guard command.takesRun, words.count == 2 else { return nil }
    run = words.removeLast()
    return run
  }

  /// The only word, which names a folder; `nil` without one.
  func folder() throws(ToolError) -> String? {
    guard words.count <= 1 else {
      throw ToolError("expected one folder, got \(words.joined(separator: " "))")
    }
    return words.first
  }

  /// The host, if there is only one.
  var on: String? { hosts.count == 1 ? hosts[0] : nil }

  /// What proposed commands name: `Plans/web.swift`, with its application if one was selected, and
  /// the options that find its project. `nil`
  /// in a program that holds the plan: its commands name none.
  var planWords: String? { planWords(on: hosts) }

  /// What proposed commands name for some hosts.
  func planWords(on hosts: [String]) -> String? {
    guard EmbeddedPlan.current == nil || isOnHost else { return nil }
    guard planName == nil, command.takesPlan, let plan = words.first else { return planName }
    let choice = only.count == 1 ? [CommandOption.only.name, only[0]] : []
    return Command([plan] + choice + placeWords(on: hosts)).description.showable
  }

  /// The options with which proposed commands find the same project and history.
  func placeWords(on hosts: [String]) -> [String] {
    hosts.flatMap { [CommandOption.on.name, $0] }
      + (project.map { [CommandOption.project.name, $0] } ?? [])
      + (stateFolder.map { [CommandOption.state.name, $0] } ?? [])
  }

  /// How much of a run is shown.
  var detail: ReportStyle.Detail { isQuiet ? .quiet : isVerbose ? .verbose : .normal }

  /// The values of the plan's parameters; the last one for a name counts.
  var values: [String: String] {
    Dictionary(settings.map { ($0.name, $0.value) }) { $1 }
  }
}
