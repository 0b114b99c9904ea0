import CBgrun
import DeployRunner

/// A program of the toolchain that is run to its end while this process waits.
enum Subprocess {
  /// Runs a program. SIGINT, SIGTERM, SIGHUP and SIGQUIT end it before they end this process.
  ///
  /// - Throws: ``ToolError`` if it cannot be started, or was ended so.
  static func run(_ path: String, _ arguments: [String]) throws(ToolError) -> CommandResult {
    var environment = ChildProcess.inheritedEnvironment()
    for name in Toolchain.harmfulVariables { environment[name] = nil }
    // No limit: packages may come over a slow line, and whoever waits can end it. A mark in the
    // environment would have SwiftPM read every manifest anew.
    let child = ChildProcess(
      path: path, argv: [path] + arguments, environment: environment,
      timeout: .seconds(Int32.max), marksDescendants: false)
    let result = Result { try child.run(until: bg_signals_watch()) }
    let signal = bg_signals_unwatch()
    guard signal == 0 else {
      throw ToolError(
        "interrupted before the plan was ready", fix: "nothing was run", code: .afterSignal(signal))
    }
    do {
      return try result.get()
    } catch {
      throw ToolError("\(error)", code: .environment)
    }
  }
}
