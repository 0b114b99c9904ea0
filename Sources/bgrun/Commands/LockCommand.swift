import DeployDSL
import DeployRunner

/// `bgrun lock PLAN`
struct LockCommand: ToolCommand {
  let name = "lock"
  let summary = "block deploys of the application"
  let options = CommandOption.application + [.reason, .format]
  let examples = ["bgrun lock --reason \"load test until noon\""]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let state = try StateFolder.prepare(
      at: StatePath.find(options, plan), application: plan.graph.application.name)
    do {
      let freeze = try state.lock.freeze(reason: options.reason)
      if options.format == .json {
        try output.write(
          json: LockState(application: freeze.application, locked: true, lock: freeze))
      } else {
        output.write(freeze.sentence() + "\n")
      }
      return ExitCode.done.rawValue
    } catch let refusal as LockError {
      output.complain("bgrun: \(refusal)\n")
      return LockError.exitCode
    }
  }
}

/// `bgrun unlock PLAN`
struct UnlockCommand: ToolCommand {
  let name = "unlock"
  let summary = "allow deploys again"
  let options = CommandOption.application + [.format]
  let examples = ["bgrun unlock"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let application = plan.graph.application.name
    let state = try StatePath.existing(options, plan)
    let freeze = try state?.lock.unfreeze()
    var freed: LockHolder?
    // A deploy that runs here releases its own.
    if try state?.lock.holder == nil {
      let host = try await Host(options: options, plan: plan)
      let swarm = SwarmLock(of: plan.graph.application, by: host.executor)
      freed = try await swarm?.holder()
      if freed != nil { try await swarm?.release() }
    }
    if options.format == .json {
      try output.write(json: LockState(application: application, locked: false, lock: freeze))
      return ExitCode.done.rawValue
    }
    output.write(
      freeze.map {
        "unlocked deploys of \(application); the lock was held by \($0.origin())\n"
      }
        ?? "deploys of \(application) were not locked\n")
    if let holder = freed {
      output.write(
        "unlocked the Swarm: it was locked by run \(holder.run) of \(holder.user) on "
          + "\(holder.host)\n")
    }
    return ExitCode.done.rawValue
  }
}

/// Whether deploys are locked, for programs.
private struct LockState: Encodable {
  var application: String
  var locked: Bool
  /// Who locks them, or has locked them until now.
  var lock: Freeze?
}

/// Where an application's lock and history are stored.
enum StatePath {
  static func find(_ options: Options, _ plan: LoadedPlan) throws(ToolError) -> String {
    if let folder = options.stateFolder { return Paths.absolute(folder) }
    return try StateFolder.path(ofProject: Host.docker(options, plan).project)
  }

  /// The application's state; `nil` if there is none yet.
  static func existing(_ options: Options, _ plan: LoadedPlan) throws -> StateFolder? {
    try StateFolder.existing(
      at: find(options, plan), application: plan.graph.application.name)
  }
}
