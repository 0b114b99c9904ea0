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
    guard !sources.needs.isEmpty || !sources.helpers.isEmpty else { return }
    let folders = try Folders(scratch: scratch)
    var packages: StepPackages.Built?
    if !sources.needs.isEmpty {
      let needed = StepPackages(sources.needs, in: folders.packages, workshop: workshop)
      packages = try needed.prepare()
      modules = needed.modules
    }
    flags = packages?.flags ?? []
    identity = packages?.identity ?? ""
    lock = packages?.lock
    guard !sources.helpers.isEmpty else { return }
    var module = HelperModule(sources.helpers, workshop: workshop, packages: packages)
    module.modules = modules
    helpers = module
    helperFolder = folders.helpers
    flags += module.flags(in: folders.helpers)
    identity += module.identity
  }

  private var helperFolder = ""

  /// What finds the modules, for editors.
  var imports: [String] { CompilerFlags(flags).imports }

  /// Makes what is wanted only by a compiler.
  func prepareForCompiling(_ plan: PlanFile, isColored: Bool) throws(ToolError) {
    try helpers?.prepare(for: plan, in: helperFolder, isColored: isColored)
  }

  /// Where helpers and packages are kept.
  private struct Folders {
    var packages: String
    var helpers: String

    init(scratch: String?) throws(ToolError) {
      if let scratch {
        (packages, helpers) = ("\(scratch)/packages", "\(scratch)/steps")
        _ = Files.makeFolder(packages)
        _ = Files.makeFolder(helpers)
      } else if let packages = PlanCache.folder("packages"), let helpers = PlanCache.folder("steps")
      {
        (self.packages, self.helpers) = (packages, helpers)
      } else {
        throw ToolError(
          "the cache cannot be written, and steps from elsewhere are built there",
          fix: "set BGRUN_CACHE to a folder of yours", code: .environment)
      }
    }
  }
}
