import CBgrun
import DeployRunner

/// The library that a plan is compiled into: from the cache, or compiled now.
struct PlanLibrary {
  let file: PlanFile
  var compiler: PlanCompiler
  private var runner: ToolchainRunner { compiler.runner }

  init(_ file: PlanFile, _ runner: ToolchainRunner) {
    self.file = file
    compiler = PlanCompiler(runner: runner)
  }

  /// Loads it. A damaged cache entry is compiled again, once.
  func open() throws -> CompiledPlan {
    guard let cache = PlanCache.open() else { return try openWithoutCache() }
    var library = self
    library.compiler.extras = try PlanDependencies(of: file, runner: runner, scratch: nil)
    return try library.open(cache)
  }

  private func open(_ cache: PlanCache) throws -> CompiledPlan {
    let key = PlanCache.key(of: file, compiler: compiler)
    if let path = cache.find(key) {
      if let plan = CompiledPlan(library: path) {
        runner.tell("using the compiled \(file.typed): \(path)")
        return plan
      }
      cache.remove(key)
    }
    let draft = cache.draft(of: key)
    do {
      try compile(into: draft)
    } catch {
      unlink(draft)
      throw error
    }
    guard let path = cache.keep(draft, as: key) else { return try openWithoutCache() }
    return try load(path)
  }

  /// Compiles into a temporary folder, which is removed as soon as the library is loaded.
  private func openWithoutCache() throws -> CompiledPlan {
    let parent = Paths.variable("TMPDIR") ?? "/tmp"
    guard let template = strdup("\(parent)/bgrun.XXXXXX") else {
      throw ToolError("out of memory", code: .environment)
    }
    defer { free(template) }
    guard mkdtemp(template) != nil else {
      throw ToolError(
        "neither the cache nor \(parent) is writable",
        fix: "set BGRUN_CACHE to a writable folder",
        code: .environment)
    }
    let folder = String(cString: template)
    defer { Files.removeTree(folder) }
    runner.tell("the cache is not writable; compiling \(file.typed) into \(folder)")
    var library = self
    library.compiler.extras = try PlanDependencies(of: file, runner: runner, scratch: folder)
    try library.compile(into: "\(folder)/plan.so", scratch: folder)
    return try load("\(folder)/plan.so")
  }

  private func compile(into path: String, scratch: String? = nil) throws(ToolError) {
    let warnings = try compiler.compile(
      file, into: path, isColored: runner.output.problemsAreColored, scratch: scratch)
    if !warnings.isEmpty { runner.output.complain(warnings) }
    try PlanFile.checkUnchanged(file.path, file.bytes, named: file.typed)
    try checkEntry(of: path)
    CompilationDatabase(
      folder: file.folder, toolchain: runner.toolchain, installation: runner.installation
    ).refresh(plan: file.name, imports: compiler.extras.imports)
  }

  /// With `await` at its top level a plan would never return: it ends the process.
  private func checkEntry(of path: String) throws(ToolError) {
    let sign = "async_MainTu"
    let awaits = Files.read(path)?.withUnsafeBytes {
      cbgrun_contains($0.baseAddress, $0.count, sign, sign.utf8.count) != 0
    }
    guard awaits == true else { return }
    throw ToolError(
      "\(file.typed) uses `await` in its top-level code, which bgrun cannot run",
      fix: "move the asynchronous code into a step's run(in:); nothing was run")
  }

  private func load(_ path: String) throws(ToolError) -> CompiledPlan {
    guard let plan = CompiledPlan(library: path) else {
      throw ToolError(
        "\(file.typed) was compiled, but cannot be loaded: \(CompiledPlan.reason)",
        fix: "rebuild bgrun", code: .environment)
    }
    return plan
  }
}
