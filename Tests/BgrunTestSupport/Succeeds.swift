import DeployRunner

/// Runs a program to its end; whether it succeeded.
///
/// Foundation's `Process` would do it, but its end is only seen once every process has ended that
/// was started meanwhile and inherited its socket: children of exit tests do.
package func succeeds(_ argv: String..., input: String? = nil) -> Bool {
  let child = ChildProcess(
    path: "/usr/bin/env", argv: ["env"] + argv, environment: ChildProcess.inheritedEnvironment(),
    input: input.map { Array($0.utf8) }, timeout: .seconds(600))
  return (try? child.run(until: -1))?.status == 0
}
