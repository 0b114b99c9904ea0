import DeployRunner

/// The helper files and packages that a plan is compiled with.
struct PlanDependencies {
  private(set) var flags: [String] = []
  /// The same for a program, which holds what `flags` load as a library.
  var programFlags: [String] {
    guard let packages else { return flags }
    return imports + packages.links + (helpers?.flags ?? [])
  }
  private var packages: PackageFolder?
  /// Changes with their sources.
  var identity = ""
  /// The modules of the packages.
  private(set) var modules: [String] = []
  private var helpers: HelperModule?
  private var lock: FileLock?

  /// None: the plan uses only DeployDSL.
  init() {}

  /// Finds the dependencies of a plan, and builds its packages if they have changed.
  ///
  /// - Parameter scratch: a folder to use instead of the cache.
  init(of plan: PlanFile, runner: ToolchainRunner, scratch: String?) throws {
    let sources = try PlanSources(of: plan, toolchain: runner.toolchain)
    if !sources.packages.isEmpty {
      let packages = StepPackages(
        sources.packages, in: try Self.folder("packages", scratch), runner: runner)
      (flags, identity, lock) = try packages.prepare()
      self.packages = packages.folder
      modules = packages.folder.moduleNames
    }
    guard !sources.helpers.isEmpty else { return }
    let module = HelperModule(
      sources.helpers, in: try Self.folder("steps", scratch), runner: runner, packages: self)
    helpers = module
    flags += module.flags
    identity += module.identity
  }

  /// The arguments that find the modules, for editors.
  var imports: [String] { CompilerFlags(flags).imports }

  /// Builds what only a compiler needs.
  func prepareForCompiling(_ plan: PlanFile, isColored: Bool) throws(ToolError) {
    try helpers?.prepare(for: plan, isColored: isColored)
  }

  private static func folder(_ name: String, _ scratch: String?) throws(ToolError) -> String {
    if let scratch, Files.makeFolder("\(scratch)/\(name)") { return "\(scratch)/\(name)" }
    if scratch == nil, let folder = PlanCache.folder(name) { return folder }
    throw ToolError(
      "the cache is not writable, but the plan's packages and helper files are built there",
      fix: "set BGRUN_CACHE to a writable folder", code: .environment)
  }
}
