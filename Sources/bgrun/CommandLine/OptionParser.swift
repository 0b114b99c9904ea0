import DeployRunner

/// Reads a command line into options.
struct OptionParser {
  private var rest: ArraySlice<String>
  private var options = Options()
  private var given: [CommandOption] = []

  /// Reads the words after the program's name.
  static func parse(_ arguments: [String]) throws(ToolError) -> Options {
    var parser = OptionParser(rest: arguments[...])
    return try parser.parse()
  }

  private init(rest: ArraySlice<String>) { self.rest = rest }

  private mutating func parse() throws(ToolError) -> Options {
    while let word = rest.popFirst() {
      if word == "--" {
        for word in rest { add(word) }
        break
      }
      if word.hasPrefix("-"), word != "-" { try take(word) } else { add(word) }
    }
    if options.words.isEmpty, !options.hasCommandWord {
      // Nothing is deployed that was not asked for, whatever options there are.
      options.command = StatusCommand()
    }
    if !options.wantsHelp, !options.wantsVersion { try checkCommandFits() }
    return options
  }

  /// The first word may name a command; the default is to run a plan.
  private mutating func add(_ word: String) {
    if options.words.isEmpty, !options.hasCommandWord, let command = ToolCommands.named(word) {
      (options.command, options.hasCommandWord) = (command, true)
    } else {
      options.words.append(word)
    }
  }

  private mutating func take(_ word: String) throws(ToolError) {
    let sign = word.firstIndex(of: "=")
    let name = String(sign.map { word[..<$0] } ?? word[...])
    let attached = sign.map { String(word[word.index(after: $0)...]) }
    let known = ToolCommands.all.flatMap(\.allOptions)
    guard let option = known.first(where: { $0.name == name || $0.short == name }) else {
      // `-nq` is `-n -q`, if both are flags.
      let flags = Set(known.filter { $0.value == nil }.compactMap(\.short))
      let letters = word.dropFirst().map { "-\($0)" }
      if letters.count > 1, letters.allSatisfy(flags.contains) {
        for letter in letters { try take(letter) }
        return
      }
      let near = EditDistance.nearest(to: name, among: known.map(\.name))
      throw ToolError("unknown option '\(name)'", fix: near.map { "did you mean '\($0)'?" })
    }
    given.append(option)
    var value = attached
    if let placeholder = option.value {
      if value == nil, rest.first?.hasPrefix("--") == false { value = rest.popFirst() }
      guard value != nil else { throw ToolError("\(name) needs a value: \(name) \(placeholder)") }
    } else if value != nil {
      throw ToolError("\(name) takes no value")
    }
    try option.apply(&options, value ?? "")
    options.given.append((option.name, value))
  }

  private func checkCommandFits() throws(ToolError) {
    let command = options.command
    let its = command.allOptions.map(\.name)
    for option in given where !its.contains(option.name) {
      guard options.hasCommandWord || !options.words.isEmpty else {
        throw needsCommand(for: option)
      }
      throw ToolError(
        "\(option.name) is not an option of '\(EmbeddedPlan.program) \(command.name)'",
        fix: "see its options: `\(EmbeddedPlan.program) help \(command.name)`")
    }
    if options.isQuiet, options.isVerbose {
      throw ToolError("--quiet and --verbose contradict each other")
    }
    if let format = options.format, !command.formats.contains(format) {
      throw .unknown(
        "format '\(format.rawValue)' of '\(EmbeddedPlan.program) \(command.name)'", format.rawValue,
        among: command.formats.map(\.rawValue))
    }
  }

  /// Without a command and a plan the status is shown, which does not have an option.
  private func needsCommand(for option: CommandOption) -> ToolError {
    let names = Set(given.map(\.name))
    let command = ToolCommands.all.first { names.isSubset(of: $0.allOptions.map(\.name)) }
    let program = EmbeddedPlan.program
    let line = command.map { Command([program, $0.name] + options.words(without: [])).description }
    return ToolError(
      "without a command \(program) shows the status, which has no option \(option.name)",
      fix: "name the command: " + (line.map { "`\($0)`" } ?? "`\(program) help` lists them"))
  }
}
