import DeployRunner

/// `bgrun build PLAN [-o FILE]`
struct BuildCommand: ToolCommand {
  let name = "build"
  let summary = "make one program of a plan, for hosts without Swift"
  let options = [CommandOption.out, .dynamic, .update, .format, .quiet, .verbose]
  let isForSources = true
  let examples = ["bgrun build Plans/grafana.swift -o grafana"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let program = try StandaloneProgram.build(options, output)
    let file = Self.file(for: program.loaded.file, options.out)
    let bytes = try Self.copy(program.path, to: file)
    if options.format == .json {
      try output.write(json: Built(plan: program.loaded.file.typed, file: file, bytes: bytes))
      return ExitCode.done.rawValue
    }
    let size = "\((bytes + 500_000) / 1_000_000) MB"
    let needs =
      options.isDynamic
      ? "needs the C library of this machine, or a newer one, but no Swift" : "needs no Swift"
    output.write("built \(file) (\(size)) of \(program.loaded.file.typed): it \(needs)\n")
    if !options.isQuiet {
      let word = Command([file.contains("/") ? file : "./\(file)"]).description.showable
      output.write("next: copy it to a Linux host and run `\(word) status` there\n")
    }
    return ExitCode.done.rawValue
  }

  /// What was built, for programs.
  private struct Built: Encodable {
    var plan: String
    var file: String
    var bytes: Int
  }

  /// Where the program goes: the plan's name in the working folder, unless it is given.
  private static func file(for plan: PlanFile, _ given: String?) -> String {
    let name = plan.name.hasSuffix(".swift") ? String(plan.name.dropLast(6)) : plan.name
    guard let given else { return name }
    return Files.isFolder(given) ? PlanFolder(given).path(of: name) : given
  }

  /// Replaces a file with an executable in one step; returns its size in bytes.
  private static func copy(_ program: String, to file: String) throws(ToolError) -> Int {
    let draft = "\(file).\(UInt64.random(in: 0 ... .max)).tmp"
    guard let bytes = Files.read(program) else {
      throw ToolError("cannot read \(program)", fix: "run the command again", code: .environment)
    }
    guard Files.create(draft, with: bytes, mode: 0o777), rename(draft, file) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(draft)
      throw ToolError("cannot write \(file): \(reason)", code: .environment)
    }
    return bytes.count
  }
}
