import CBgrun
import DeployRunner

/// Runs the toolchain's programs while this process waits, and shows the commands with `--verbose`.
struct ToolchainRunner {
  let toolchain: Toolchain
  let installation: Installation
  let output: Output
  let options: Options

  /// Runs a program. SIGINT, SIGTERM, SIGHUP and SIGQUIT end it before they end this process.
  ///
  /// - Throws: ``ToolError`` if it cannot be started, or if a signal ended it.
  func run(
    _ program: String, _ arguments: [String], in folder: String? = nil,
    doing what: String = "running"
  ) throws(ToolError) -> CommandResult {
    tell("\(what) \(([program] + arguments).joined(separator: " "))")
    var environment = ChildProcess.inheritedEnvironment()
    for name in Toolchain.harmfulVariables { environment[name] = nil }
    // No limit: packages may come over a slow connection, and Ctrl-C ends it. A marker in the
    // environment would make SwiftPM read every manifest again.
    let child = ChildProcess(
      path: program, argv: [program] + arguments, environment: environment,
      directory: folder, timeout: .seconds(Int32.max), marksDescendants: false)
    let result = Result { try child.run(until: bg_signals_watch()) }
    let signal = bg_signals_unwatch()
    guard signal == 0 else {
      throw ToolError(
        "cancelled before the plan was ready", fix: "nothing was run", code: .afterSignal(signal))
    }
    do {
      return try result.get()
    } catch {
      throw ToolError("\(error)", code: .environment)
    }
  }

  /// Announces something that takes a while, except with `--quiet`.
  func announce(_ text: String) {
    if !options.isQuiet { output.complain("bgrun: \(text)\n") }
  }

  func tell(_ text: String) {
    if options.isVerbose { output.complain("bgrun: \(text)\n") }
  }
}

extension ToolchainRunner {
  /// Finds the toolchain, and where bgrun is installed.
  init(output: Output, options: Options) throws(ToolError) {
    guard Installation.loadsPlans else {
      throw ToolError(
        "this bgrun is linked statically and cannot load plans",
        fix: "make a program of the plan where Swift is installed, and copy it here: "
          + "`bgrun build PLAN -o FILE`; or install Swift (https://swift.org/install) here, and bgrun "
          + "from its source: Scripts/install.sh --prefix DIR", code: .environment)
    }
    self.init(
      toolchain: try Toolchain.find(), installation: try Installation.find(), output: output,
      options: options)
  }
}
