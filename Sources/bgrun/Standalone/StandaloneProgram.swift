import DeployRunner

/// A plan as one program in the cache that runs without Swift, with all commands of bgrun for it.
///
/// It is the plan, its helper files and packages, bgrun itself and the Swift runtime, linked
/// statically.
struct StandaloneProgram {
  /// Changes when programs are built differently.
  private static let format = "2"
  private static let suffix = ".program"
  private static let most = 8

  /// The executable in the cache. Later builds may remove it: copy what is to stay.
  let path: String
  /// Identifies what it was built from, in 64 hexadecimal digits: the plan with its name, its helper
  /// files and packages, bgrun and the Swift toolchain. Equal programs may have different ones. A
  /// program that sends itself is identified by its content.
  let identity: String
  /// The plans that it holds, loaded with the settings of the command line.
  let loaded: LoadedFile

  /// Builds the program of the plan that the command line names, or takes it from the cache. The plan
  /// is compiled, loaded and validated first.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plan.
  @MainActor
  static func build(_ options: Options, _ output: Output) throws -> StandaloneProgram {
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    if EmbeddedPlan.current != nil { return try itself(loaded) }
    let runner = try ToolchainRunner(output: output, options: options)
    var compiler = PlanCompiler(runner: runner)
    compiler.extras = try PlanDependencies(of: loaded.file, runner: runner, scratch: nil)
    let linker = try ProgramLinker(compiler, isDynamic: options.isDynamic)
    let folder = try folder("programs")
    let identity = identity(of: loaded.file, linker)
    let path = "\(folder)/\(identity)\(suffix)"
    if access(path, X_OK) == 0 {
      runner.tell("using the built program of \(loaded.file.typed): \(path)")
    } else {
      let draft = "\(folder)/\(identity).\(getpid()).tmp"
      defer { Files.removeTree(draft) }
      guard Files.makeFolder(draft), rename(try linker.link(loaded.file, in: draft), path) == 0
      else {
        throw ToolError("\(path) cannot be written", code: .environment)
      }
      PlanCache.removeOld(in: folder, keeping: most, suffix: suffix)
    }
    return StandaloneProgram(path: path, identity: identity, loaded: loaded)
  }

  /// The running program, which holds the plan.
  private static func itself(_ loaded: LoadedFile) throws(ToolError) -> StandaloneProgram {
    // Even if its file has been replaced since.
    let path = "/proc/self/exe"
    guard let identity = identity(ofProgram: path) else {
      throw ToolError(
        "this program cannot read itself: \(path)",
        fix: "mount /proc: `sudo mount -t proc proc /proc`", code: .environment)
    }
    return StandaloneProgram(path: path, identity: identity, loaded: loaded)
  }

  /// Identifies a program by its content; `nil` if it cannot be read.
  static func identity(ofProgram path: String) -> String? {
    Files.read(path).map { SHA256($0).hex() }
  }

  /// A folder in the cache for what programs are built of.
  static func folder(_ name: String) throws(ToolError) -> String {
    if let folder = PlanCache.folder(name) { return folder }
    throw ToolError(
      "the cache is not writable, but programs are built there",
      fix: "set BGRUN_CACHE to a writable folder", code: .environment)
  }

  private static func identity(of plan: PlanFile, _ linker: ProgramLinker) -> String {
    var hash = SHA256()
    hash.update(field: format)
    hash.update(field: plan.name)
    hash.update(field: linker.identity)
    hash.update(plan.bytes)
    return hash.hex()
  }
}
