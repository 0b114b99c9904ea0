import DeployDSL
import DeployRunner

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Brings a plan's file into this process: compiled if need be, loaded, run, checked.
struct PlanLoader {
  let options: Options
  let output: Output

  /// Loads the plan that the command line names.
  ///
  /// - Throws: ``ToolError``, ``CompileError`` or `PlanError`.
  @MainActor
  func load() async throws -> LoadedPlan {
    let file = try PlanFile(try typedPath())
    let library = try await library(for: file)
    let declared = try Declarations.collect(from: library, of: file, values: options.values)
    let plan = try declared.onlyPlan(of: file, settings: options.settings)
    return LoadedPlan(file: file, plan: plan, graph: try plan.graph())
  }

  private func typedPath() throws(ToolError) -> String {
    guard let path = options.words.first else {
      throw ToolError("no plan is named", fix: "for example: bgrun Plans/grafana.swift")
    }
    guard options.words.count == 1 else {
      throw ToolError(
        "only one plan at a time, but \(options.words.joined(separator: " ")) are named",
        fix: "run them one after the other")
    }
    return path
  }

  /// The loaded library of a plan. A damaged one in the cache is compiled once more.
  private func library(for file: PlanFile) async throws -> UnsafeMutableRawPointer {
    let compiler = PlanCompiler(
      file: file, toolchain: try Toolchain.find(), modules: try Modules.folder(),
      isColored: output.problemsAreColored)
    let cache = PlanCache()
    guard let path = cache.path(compiler.key) else {
      if options.isVerbose {
        output.complain("bgrun: there is no cache folder to be had; the plan is compiled anew\n")
      }
      return try await compileInPrivate(compiler)
    }
    if Files.isFile(path), let library = Self.open(path) { return library }
    cache.prune()
    try await compile(compiler, to: path)
    guard let library = Self.open(path) else { throw Self.notLoadable(path) }
    return library
  }

  /// Without a cache: compiled into a folder of its own, which is gone once the plan is loaded.
  private func compileInPrivate(_ compiler: PlanCompiler) async throws -> UnsafeMutableRawPointer {
    let base = Paths.variable("TMPDIR") ?? "/tmp"
    guard let made = strdup("\(base)/bgrun-XXXXXX"), mkdtemp(made) != nil else {
      throw ToolError(
        "the plan cannot be compiled: there is no folder to write to",
        fix: "make ~/.cache/bgrun or $TMPDIR writable, or name a folder with BGRUN_CACHE",
        code: .environment)
    }
    let folder = String(cString: made)
    free(made)
    let path = "\(folder)/plan.so"
    defer {
      unlink(path)
      rmdir(folder)
    }
    try await compile(compiler, to: path)
    guard let library = Self.open(path) else { throw Self.notLoadable(path) }
    return library
  }

  private func compile(_ compiler: PlanCompiler, to path: String) async throws {
    let clock = ContinuousClock()
    let began = clock.now
    let warnings = try await compiler.compile(to: path)
    // A warning is shown once, when the plan is compiled.
    if !warnings.isEmpty { output.complain(warnings) }
    if options.isVerbose {
      let seconds = began.duration(to: clock.now) / .milliseconds(1)
      output.complain("bgrun: plan compiled in \(Int(seconds)) ms\n")
    }
  }

  private static func open(_ path: String) -> UnsafeMutableRawPointer? {
    dlopen(path, RTLD_NOW | RTLD_LOCAL)
  }

  private static func notLoadable(_ path: String) -> ToolError {
    let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
    return ToolError(
      "the compiled plan cannot be loaded: \(reason)",
      fix: "build bgrun again; if that does not help, remove \(path)", code: .environment)
  }
}
