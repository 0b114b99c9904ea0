import DeployRunner

/// Reads a command line into options.
struct OptionParser {
  private var rest: ArraySlice<String>
  private var options = Options()
  private var words: [String] = []
  private var given: [OptionSpec] = []

  /// Reads the words after the program's name.
  static func parse(_ arguments: [String]) throws(ToolError) -> Options {
    var parser = OptionParser(rest: arguments[...])
    return try parser.parse()
  }

  private init(rest: ArraySlice<String>) { self.rest = rest }

  private mutating func parse() throws(ToolError) -> Options {
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest
        break
      }
      if word.hasPrefix("-"), word != "-" { try takeOption(word) } else { words.append(word) }
    }
    takeCommand()
    options.words = words
    guard !options.wantsHelp, !options.wantsVersion else { return options }
    try checkCommandFits()
    return options
  }

  private mutating func takeOption(_ word: String) throws(ToolError) {
    let sign = word.firstIndex(of: "=")
    let name = String(sign.map { word[..<$0] } ?? word[...])
    let attached = sign.map { String(word[word.index(after: $0)...]) }
    guard let spec = OptionSpec.all.first(where: { $0.name == name || $0.short == name }) else {
      throw ToolError.unknownOption(name)
    }
    given.append(spec)
    switch spec.effect {
    case .flag(let apply):
      guard attached == nil else { throw ToolError("\(name) takes no value") }
      apply(&options)
    case .value(let placeholder, let apply):
      let value = if let attached { attached } else { try takeValue(of: name, placeholder) }
      try apply(&options, value)
    }
  }

  private mutating func takeValue(
    of name: String, _ placeholder: () -> String
  ) throws(ToolError) -> String {
    guard let value = rest.first, !value.hasPrefix("--") else {
      throw ToolError("\(name) needs a value: \(name) \(placeholder())")
    }
    rest.removeFirst()
    return value
  }

  /// The first word may name a command; without one a plan is run.
  private mutating func takeCommand() {
    guard let first = words.first, let command = CommandName(rawValue: first) else { return }
    words.removeFirst()
    options.command = command
  }

  private func checkCommandFits() throws(ToolError) {
    let command = options.command
    for spec in given where !spec.commands.contains(command) {
      throw ToolError("\(spec.name) does not belong to 'bgrun \(command.rawValue)'")
    }
    if options.isQuiet, options.isVerbose {
      throw ToolError("--quiet and --verbose contradict each other")
    }
    if let format = options.format, !command.formats.contains(format) {
      let known = command.formats.map(\.rawValue)
      throw ToolError.unknown(
        "format '\(format.rawValue)' of 'bgrun \(command.rawValue)'", format.rawValue, among: known)
    }
  }
}

extension CommandName {
  /// The formats that the command's results can have; the first is the default.
  var formats: [Options.Format] {
    switch self {
    case .run, .rehearse, .rollback, .resume, .status, .list: [.human, .json]
    case .graph: [.text, .mermaid, .dot, .json]
    case .check, .initialize, .edit, .history, .resolve, .lock, .unlock, .help: []
    }
  }
}

extension ToolError {
  fileprivate static func unknownOption(_ name: String) -> ToolError {
    let names = OptionSpec.all.map(\.name)
    guard let nearest = EditDistance.nearest(to: name, among: names) else {
      return ToolError("unknown option '\(name)'")
    }
    return ToolError("unknown option '\(name)'", fix: "did you mean '\(nearest)'?")
  }
}
