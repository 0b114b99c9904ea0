/// What a plan's compiler is given besides the plan: helper files and packages.
struct PlanDependencies {
  var flags: [String] = []
  /// Changes whenever what they are made from does.
  var identity = ""
  /// The modules of the packages.
  private(set) var modules: [String] = []
  private var helpers: HelperModule?
  private var lock: FileLock?

  /// Nothing: the plan uses what comes with bgrun.
  init() {}

  /// Finds what a plan needs; its packages are built if they are not yet.
  ///
  /// - Parameter scratch: a folder to use instead of the cache.
  init(of plan: PlanFile, workshop: ToolchainRunner, scratch: String?) throws {
    let sources = try PlanSources(of: plan, toolchain: workshop.toolchain)
    if !sources.packages.isEmpty {
      let packages = StepPackages(
        sources.packages, in: try Self.folder("packages", scratch), workshop: workshop)
      (flags, identity, lock) = try packages.prepare()
      modules = packages.folder.moduleNames
    }
    guard !sources.helpers.isEmpty else { return }
    let module = HelperModule(
      sources.helpers, in: try Self.folder("steps", scratch), workshop: workshop, packages: self)
    helpers = module
    flags += module.flags
    identity += module.identity
  }

  /// What finds the modules, for editors.
  var imports: [String] { CompilerFlags(flags).imports }

  /// Makes what is wanted only by a compiler.
  func prepareForCompiling(_ plan: PlanFile, isColored: Bool) throws(ToolError) {
    try helpers?.prepare(for: plan, isColored: isColored)
  }

  private static func folder(_ name: String, _ scratch: String?) throws(ToolError) -> String {
    if let scratch, Files.makeFolder("\(scratch)/\(name)") { return "\(scratch)/\(name)" }
    if scratch == nil, let folder = PlanCache.folder(name) { return folder }
    throw ToolError(
      "the cache cannot be written, and steps from elsewhere are built there",
      fix: "set BGRUN_CACHE to a folder of yours", code: .environment)
  }
}
