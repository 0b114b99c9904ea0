import CBgrun

/// The library that a plan is compiled into: from the cache, or made now.
struct PlanLibrary {
  let file: PlanFile
  var compiler: PlanCompiler
  let output: Output
  let options: Options

  /// Loads it. A damaged entry of the cache is made anew, once.
  func open() throws -> CompiledPlan {
    guard let cache = PlanCache.open() else { return try openWithoutCache() }
    var library = self
    library.compiler.extras = try PlanDependencies(of: file, workshop: workshop, scratch: nil)
    return try library.open(cache)
  }

  private var workshop: ToolchainRunner {
    ToolchainRunner(
      toolchain: compiler.toolchain, installation: compiler.installation, output: output,
      options: options)
  }

  private func open(_ cache: PlanCache) throws -> CompiledPlan {
    let key = PlanCache.key(of: file, compiler: compiler)
    if let path = cache.find(key) {
      if let plan = CompiledPlan(library: path) {
        tell("\(file.typed) was compiled before: \(path)")
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

  /// Compiles into a folder of its own, which is gone as soon as the library is loaded.
  private func openWithoutCache() throws -> CompiledPlan {
    let parent = Paths.variable("TMPDIR") ?? "/tmp"
    guard let template = strdup("\(parent)/bgrun.XXXXXX") else {
      throw ToolError("out of memory", code: .environment)
    }
    defer { free(template) }
    guard mkdtemp(template) != nil else {
      throw ToolError(
        "neither the cache nor \(parent) can be written",
        fix: "set BGRUN_CACHE to a folder of yours",
        code: .environment)
    }
    let folder = String(cString: template)
    defer { Files.removeTree(folder) }
    tell("the cache cannot be written; compiling \(file.typed) into \(folder)")
    var library = self
    library.compiler.extras = try PlanDependencies(of: file, workshop: workshop, scratch: folder)
    try library.compile(into: "\(folder)/plan.so", scratch: folder)
    return try load("\(folder)/plan.so")
  }

  private func compile(into path: String, scratch: String? = nil) throws(ToolError) {
    let warnings = try compiler.compile(
      file, into: path, isColored: output.problemsAreColored, scratch: scratch, tell: tell)
    if !warnings.isEmpty { output.complain(warnings) }
    try PlanFile.checkUnchanged(file.path, file.bytes, named: file.typed)
    try checkEntry(of: path)
    CompilationDatabase(
      folder: file.folder, toolchain: compiler.toolchain, installation: compiler.installation
    ).refresh(plan: file.name, imports: compiler.extras.imports)
  }

  /// With `await` at its top level a plan never returns to us: its last act is to end the process.
  private func checkEntry(of path: String) throws(ToolError) {
    let sign = "async_MainTu"
    let awaits = Files.read(path)?.withUnsafeBytes {
      cbgrun_contains($0.baseAddress, $0.count, sign, sign.utf8.count) != 0
    }
    guard awaits == true else { return }
    throw ToolError(
      "\(file.typed) uses `await` in its top-level code, which bgrun cannot run",
      fix: "move what awaits into a step's run(in:); nothing was run")
  }

  private func load(_ path: String) throws(ToolError) -> CompiledPlan {
    guard let plan = CompiledPlan(library: path) else {
      throw ToolError(
        "\(file.typed) was compiled, but cannot be loaded: \(CompiledPlan.reason)",
        fix: "build bgrun anew", code: .environment)
    }
    return plan
  }

  private func tell(_ text: String) {
    if options.isVerbose { output.complain("bgrun: \(text)\n") }
  }
}
