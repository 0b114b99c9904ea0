import DeployDSL
import DeployRunner

/// Finds the plan that a command line means, if it does not name the file: the variable `BGRUN_PLAN`,
/// the only plan of the nearest folder `Plans`, or an application's plan by its name.
struct PlanChoice {
  private static let variable = "BGRUN_PLAN"

  private let options: Options
  private let output: Output

  /// The options with the plan's file as their first word.
  ///
  /// - Throws: ``ToolError`` that lists the plans if several could be meant.
  static func made(
    by options: Options, _ output: Output
  ) throws(ToolError) -> Options {
    guard !options.wantsHelp, !options.wantsVersion else { return options }
    let options = try options.command.reading(options)
    guard options.command.takesPlan else { return options }
    let choice = PlanChoice(options: options, output: output)
    guard let embedded = EmbeddedPlan.current else { return try choice.made() }
    return try choice.made(of: embedded)
  }

  /// The options of a command that takes other words, too, with the plan's file as the first one;
  /// `nil` if the word names neither a file nor an application.
  static func plan(of options: Options) -> Options? {
    guard let word = options.words.first, !word.hasSuffix(".swift") else { return options }
    let choice = PlanChoice(options: options, output: Output(color: options.color))
    guard choice.isName(word), let (plan, _) = try? choice.named(word) else { return nil }
    var options = options
    options.words[0] = plan
    return options
  }

  /// The plan that this program holds; a word can only name one of its applications.
  private func made(of embedded: EmbeddedPlan) throws(ToolError) -> Options {
    var options = options
    if let word = options.words.first, !isRun(word) {
      guard options.hasCommandWord else {
        throw .unknown("command '\(word)'", word, among: ToolCommands.names)
      }
      guard embedded.applications.contains(word) else {
        throw ToolError(
          "this program holds the plan \(embedded.file.typed), which has no application '\(word)'",
          fix: "known: \(embedded.applicationsText)")
      }
      options.words.removeFirst()
      let isOneOfSeveral = SwiftSource(embedded.file.bytes).declarations > 1
      if isOneOfSeveral, options.only.isEmpty { options.only = [word] }
    }
    if let word = options.words.first(where: { !isRun($0) }) ?? options.words.dropFirst().first {
      throw ToolError("unexpected word '\(word)'")
    }
    options.words.insert(embedded.file.typed, at: 0)
    if options.command is StatusCommand, !options.hasCommandWord, !options.isQuiet {
      output.complain("bgrun: deploy it with `\(EmbeddedPlan.program) deploy`\n")
    }
    return options
  }

  private func made() throws(ToolError) -> Options {
    var options = options
    guard let word = options.words.first, !isRun(word) else {
      let isBare = options.command is StatusCommand && !options.hasCommandWord
      if let plan = try onlyPlan() {
        options.words.insert(plan, at: 0)
        let hint = isBare ? " (deploy it with `bgrun deploy`)" : ""
        if !options.isQuiet { output.complain("bgrun: using \(plan)\(hint)\n") }
      } else if isBare, options.given.isEmpty {
        options.wantsHelp = true
      }
      return options
    }
    guard isName(word), let (plan, isOneOfSeveral) = try named(word) else { return options }
    // Without a command the word may be a misspelled one, which must not deploy anything.
    guard options.hasCommandWord else {
      throw ToolError(
        "'\(word)' is an application, not a command", fix: "deploy it: `bgrun deploy \(word)`")
    }
    options.words[0] = plan
    if isOneOfSeveral, options.only.isEmpty { options.only = [word] }
    return options
  }

  /// `bgrun history RUN`, `bgrun report RUN`
  private func isRun(_ word: String) -> Bool {
    options.command.takesRun && RunID(word) != nil
  }

  private func isName(_ word: String) -> Bool {
    !word.contains("/") && !word.hasSuffix(".swift") && !Files.exists(word)
  }

  /// The nearest folder of plans at or above the working folder, as a user would type it.
  private var plans: [PlanFile] {
    var prefix = ""
    for folder in Paths.ancestors(of: Paths.current) {
      if Files.isFolder("\(folder)/Plans") {
        let plans = PlanFolder("\(prefix)Plans").plans
        if !plans.isEmpty { return plans }
      }
      prefix += "../"
    }
    return []
  }

  private func onlyPlan() throws(ToolError) -> String? {
    if let plan = Paths.variable(Self.variable) { return plan }
    let plans = plans
    if plans.isEmpty {
      let recorded = Set(RecordedPlans(options).nearby.compactMap(\.file))
      return recorded.count == 1 ? recorded.first.map(typed) : nil
    }
    guard plans.count > 1 else { return plans.first?.typed }
    throw ToolError(
      "there are \(plans.count) plans", fix: "name one, or set \(Self.variable):",
      details: commands(for: plans))
  }

  /// The commands to choose from, with the applications of each plan.
  private func commands(for plans: [PlanFile]) -> String {
    let words = plans.map { Command([$0.typed]).description }
    let width = words.map(\.width).max() ?? 0
    return zip(words, plans).map { word, plan in
      "  bgrun \(options.command.name) \(word.padded(toWidth: width))  "
        + SwiftSource(plan.bytes).applicationsText + "\n"
    }.joined()
  }

  /// A path below the working folder, as a user would type it.
  private func typed(_ path: String) -> String { Paths.relative(path, to: Paths.current) }

  /// The plan that deploys an application, and whether it deploys others, too.
  ///
  /// - Throws: ``ToolError`` if several plans do, and none of them has the application's name.
  private func named(_ name: String) throws(ToolError) -> (plan: String, isOneOfSeveral: Bool)? {
    for folder in [plans, PlanFolder(".").plans] {
      let found = folder.filter { SwiftSource($0.bytes).applications.contains(name) }
      if let plan = found.first(where: { $0.name == "\(name).swift" }) ?? found.first {
        guard found.count == 1 || plan.name == "\(name).swift" else {
          throw ToolError(
            "\(found.count) plans deploy \(name)", fix: "name one of them:",
            details: commands(for: found))
        }
        return (plan.typed, SwiftSource(plan.bytes).declarations > 1)
      }
    }
    let recorded = RecordedPlans(options).nearby
    guard let file = recorded.first(where: { $0.plan.application.name == name })?.file else {
      return nil
    }
    return (typed(file), recorded.count { $0.file == file } > 1)
  }
}
