import DeployDSL

/// A compiled plan in this process.
struct CompiledPlan: Sendable {
  typealias Entry =
    @convention(c) (Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32

  private let entry: Entry

  /// Loads the library for the rest of the process; `nil` if that fails.
  init?(library: String) {
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL),
      let symbol = dlsym(handle, PlanCompiler.entryPoint)
    else { return nil }
    entry = unsafeBitCast(symbol, to: Entry.self)
  }

  /// The code that is linked into this process.
  init(entry: @escaping Entry) { self.entry = entry }

  /// Why the last library could not be loaded.
  static var reason: String { dlerror().map { String(cString: $0) } ?? "no entry point" }

  /// Runs the plan's top-level code, whose plans and parameters a session collects.
  func run(named name: String, collecting session: PlanSession) {
    PlanSession.$current.withValue(session) {
      // Never freed: the plan may read its `CommandLine.arguments` at any time.
      let argv = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 2)
      argv.initialize(repeating: nil, count: 2)
      argv[0] = strdup(name)
      _ = entry(1, argv)
    }
  }
}
