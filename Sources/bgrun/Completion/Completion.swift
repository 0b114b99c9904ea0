import DeployDSL
import DeployRunner

/// What may follow on a command line that is being typed.
struct Completion {
  /// A word to offer, and what it is.
  struct Candidate: Equatable {
    var word: String
    var help = ""
  }

  /// The words before the one that is being typed.
  private let before: ArraySlice<String>
  /// The beginning of the word that is being typed.
  private let current: String
  private let output: Output

  /// - Parameter words: the words after the program's name; the last one is being typed.
  init(_ words: [String], _ output: Output) {
    before = words.dropLast()
    current = words.last ?? ""
    self.output = output
  }

  /// The words that begin as the one that is being typed.
  @MainActor
  var candidates: [Candidate] {
    all.filter { $0.word.hasPrefix(current) && $0.word != current }
  }

  @MainActor
  private var all: [Candidate] {
    if let option = option(before.last), option.value != nil { return values(of: option) }
    if let sign = current.firstIndex(of: "="), let option = option(String(current[..<sign])) {
      return values(of: option).map { Candidate(word: "\(option.name)=\($0.word)", help: $0.help) }
    }
    if current.hasPrefix("-") {
      return command.allOptions.map { Candidate(word: $0.name, help: $0.help) }
    }
    return arguments
  }

  // MARK: What is already there

  private func option(_ word: String?) -> CommandOption? {
    command.allOptions.first { $0.name == word || $0.short != nil && $0.short == word }
  }

  /// The words that are neither options nor their values.
  private var words: [String] {
    var words: [String] = []
    var isValue = false
    for word in before {
      if isValue || word.hasPrefix("-") {
        let known = ToolCommands.all.lazy.flatMap(\.allOptions).first {
          $0.name == word || $0.short == word
        }
        isValue = !isValue && known?.value != nil
      } else {
        words.append(word)
      }
    }
    return words
  }

  private var command: any ToolCommand {
    words.first.flatMap(ToolCommands.named) ?? RunCommand()
  }

  private var hasCommandWord: Bool { words.first.flatMap(ToolCommands.named) != nil }

  // MARK: What may follow

  private var arguments: [Candidate] {
    guard hasCommandWord else { return words.isEmpty ? commands + plans : [] }
    let given = words.count - 1
    switch command {
    case is HelpCommand where given == 0:
      return commands + HelpTopic.allCases.map { Candidate(word: $0.rawValue, help: "topic") }
        + plans
    case is CompletionsCommand where given == 0:
      return CompletionScript.allCases.map { Candidate(word: $0.rawValue) }
    case let command where command.takesRun && given <= 1:
      return given == 0 ? plans + applications + runs : runs
    case let command where command.takesPlan && given == 0: return plans + applications
    default: return []
    }
  }

  private var commands: [Candidate] {
    ToolCommands.all.flatMap { command in
      [command.name, command.alias].compactMap(\.self)
        .map { Candidate(word: $0, help: command.summary) }
    }
  }

  /// The plans of the folder that is being typed, else of `Plans` and this folder.
  private var files: [PlanFile] {
    if let slash = current.lastIndex(of: "/") {
      return PlanFolder(String(current[..<slash])).plans
    }
    return PlanFolder("Plans").plans + PlanFolder(".").plans
  }

  private var plans: [Candidate] {
    files.map { plan in
      Candidate(word: plan.typed, help: SwiftSource(plan.bytes).applicationsText)
    }
  }

  private var applications: [Candidate] { applications(of: files) }

  private func applications(of files: [PlanFile]) -> [Candidate] {
    files.flatMap { plan in
      SwiftSource(plan.bytes).applications
        .map { Candidate(word: $0, help: "application of \(plan.typed)") }
    }
  }

  /// The runs that are on record nearby, newest first.
  private var runs: [Candidate] {
    RecordedPlans(Options()).history.map { run in
      Candidate(
        word: run.run.text,
        help: [run.header?.started.withAge(), run.versions?.text, run.status.text]
          .compactMap(\.self).joined(separator: ", "))
    }
  }

  @MainActor
  private func values(of option: CommandOption) -> [Candidate] {
    switch option.name {
    case CommandOption.format.name:
      return command.formats.map { Candidate(word: $0.rawValue) }
    case CommandOption.set.name: return settings
    case CommandOption.only.name:
      let named = words.first { $0.hasSuffix(".swift") }
      return applications(of: files.filter { named == nil || $0.typed == named })
        .filter { !before.contains($0.word) && !before.contains("\(option.name)=\($0.word)") }
    case CommandOption.to.name: return runs
    case CommandOption.on.name, CommandOption.onlyHost.name:
      return (plan?.hosts ?? []).map { Candidate(word: $0) }
    default: return option.choices.map { Candidate(word: $0) }
    }
  }

  /// The parameters of the plan on the command line, each with its allowed values.
  @MainActor
  private var settings: [Candidate] {
    parameters.flatMap { parameter -> [Candidate] in
      let help = parameter.help ?? parameter.defaultText.map { "default: \($0)" } ?? "required"
      let name = "\(parameter.name)="
      if current.contains("=") || parameter.allowed.count == 1 {
        return parameter.allowed.map { Candidate(word: name + $0, help: help) }
      }
      return [Candidate(word: name, help: help)]
    }
  }

  @MainActor
  private var parameters: [PlanSession.Declaration] { plan?.parameters ?? [] }

  /// The plan on the command line.
  @MainActor
  private var plan: LoadedFile? {
    var options = Options()
    options.command = HelpCommand()
    options.words = words.filter { $0.hasSuffix(".swift") }
    if options.words.isEmpty {
      let word = hasCommandWord ? words.dropFirst().first : words.first
      let plan = files.first { file in
        word.map { SwiftSource(file.bytes).applications.contains($0) } ?? (files.count == 1)
      }
      options.words = [Paths.variable("BGRUN_PLAN") ?? plan?.typed].compactMap(\.self)
    }
    // A plan that does not compile has no parameters to offer.
    return try? PlanLoader(options: options, output: output).loadAll()
  }
}
