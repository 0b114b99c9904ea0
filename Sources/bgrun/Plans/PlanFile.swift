import DeployRunner

/// A plan's source file: the path as typed, the absolute path and the content.
struct PlanFile: Sendable {
  /// The path as it was typed: the one that messages show.
  let typed: String
  /// The path from the root: the one that the compiler is given.
  let path: String
  let bytes: [UInt8]

  /// Reads the file that the words of a command line name.
  init(_ options: Options) throws(ToolError) {
    let (words, command) = (options.words, options.command)
    guard let typed = words.first else {
      throw ToolError(
        "no plan file given, and no folder Plans here or above holds one",
        fix: "write one with `bgrun init`, or name it: `bgrun \(command.name) FILE.swift`")
    }
    guard words.count == 1 else { throw Self.surplus(words) }
    self.typed = typed
    path = Paths.absolute(typed)
    guard let status = Files.status(path) else { throw Self.missing(typed, for: command) }
    guard !status.isFolder else {
      throw ToolError("\(typed) is a folder", fix: "name the plan file in it")
    }
    guard typed.hasSuffix(".swift") else {
      throw ToolError("\(typed) is not a plan", fix: "the name of a plan ends in .swift")
    }
    guard let bytes = Files.read(path) else {
      throw ToolError("cannot read \(typed): \(String(cString: strerror(errno)))")
    }
    self.bytes = bytes
  }

  /// A file that is not read, because what a run recorded replaces it.
  init(recorded typed: String) {
    self.typed = typed
    path = Paths.absolute(typed)
    bytes = []
  }

  /// A file that is linked into this program.
  ///
  /// - Parameter folder: the program's folder, where the file need not be.
  init(embedded name: String, in folder: String, bytes: [UInt8]) {
    typed = name
    path = "\(folder)/\(name)"
    self.bytes = bytes
  }

  /// Reads a file that is known to be there; `nil` if it cannot be read.
  init?(reading typed: String) {
    let path = Paths.absolute(typed)
    guard Files.isFile(path), let bytes = Files.read(path) else { return nil }
    self.typed = typed
    self.path = path
    self.bytes = bytes
  }

  /// Makes sure that a file has not changed since it was read: the cache is keyed by its content.
  static func checkUnchanged(_ path: String, _ bytes: [UInt8], named name: String) throws(ToolError)
  {
    guard Files.read(path) != bytes else { return }
    throw ToolError(
      "\(name) changed while it was compiled; nothing was run", fix: "run the command again")
  }

  /// The last part of its path.
  var name: String { Paths.name(of: path) }

  /// The folder that the plan lies in, from the root.
  var folder: String { Paths.parent(of: path) ?? "/" }

  /// A message with paths relative to the plan's as the user typed it.
  func naming(_ text: String) -> String {
    guard path != typed else { return text }
    if text == path { return typed }
    let prefix = typed.dropLast(typed.split(separator: "/").last?.count ?? 0)
    return text.replacing(path, with: typed).replacing("\(folder)/Steps", with: "\(prefix)Steps")
      .replacing("\(folder)/Package.swift", with: "\(prefix)Package.swift")
  }

  private static func surplus(_ words: [String]) -> ToolError {
    if !words[0].hasSuffix(".swift"), words[1].hasSuffix(".swift") {
      return .unknown("command '\(words[0])'", words[0], among: ToolCommands.names)
    }
    return ToolError("expected one plan, got \(words.joined(separator: " "))")
  }

  private static func missing(_ typed: String, for command: any ToolCommand) -> ToolError {
    if !typed.contains("/"), !typed.hasSuffix(".swift"),
      let command = EditDistance.nearest(to: typed, among: ToolCommands.names)
    {
      return ToolError("no command or file '\(typed)'", fix: "did you mean '\(command)'?")
    }
    let name = String(typed.split(separator: "/").last ?? "")
    let folder = typed.dropLast(name.count)
    let plans = Files.names(in: folder.isEmpty ? "." : String(folder))
      .filter { $0.hasSuffix(".swift") }
    let near = EditDistance.nearest(to: name, among: plans + plans.map { String($0.dropLast(6)) })
    let fix = near.map { near in
      "did you mean '\(folder)\(near)\(near.hasSuffix(".swift") ? "" : ".swift")'?"
    }
    guard command.takesRun, fix == nil, !typed.contains("/"), !typed.hasSuffix(".swift") else {
      return ToolError("\(typed) does not exist", fix: fix)
    }
    return ToolError(
      "'\(typed)' is neither a plan, an application nor a run",
      fix: "list the runs: `bgrun history`")
  }
}
