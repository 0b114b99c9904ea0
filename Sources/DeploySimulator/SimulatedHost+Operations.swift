import DeployDSL
import DeployRunner

extension SimulatedHost {
  /// Records the start of an operation and determines its course.
  func begin(
    _ operation: HostOperation
  ) -> (run: OperationRun, course: SimulatedOperation, before: [Script.Hook], after: [Script.Hook])
  {
    withState { state in
      if operation.request.command?.isForEngine == true { state.calls += 1 }
      let run = OperationRun(
        number: state.operations.count + 1, operation: operation, began: state.world.now)
      state.operations.append(run)
      var course = SimulatedOperation(operation, state.script)
      let faults = Script.take(from: &state.script.rules, for: run, call: state.calls)
      if let fault = faults.last { course = course.with(fault, on: operation.request) }
      let before = Script.take(from: &state.script.before, for: run, call: state.calls)
      let after = Script.take(from: &state.script.after, for: run, call: state.calls)
      return (run, course, before, after)
    }
  }

  /// Performs one moment of an operation and records the operation as the cause.
  func take(
    _ moment: SimulatedOperation.Moment, _ transcript: SimulatedOperation.Transcript,
    for run: OperationRun
  ) -> (SimulatedOperation.Step, SimulatedOperation.Transcript) {
    withState { state in
      var transcript = transcript
      state.world.cause = run.description
      defer { state.world.cause = nil }
      return (moment(&state.world, &transcript), transcript)
    }
  }

  /// Records the end of an operation.
  func end(_ run: OperationRun) -> OperationRun {
    withState { state in
      let index = run.number - 1
      state.operations[index].ended = state.world.now
      return state.operations[index]
    }
  }
}

extension SimulatedOperation {
  /// The same command, failing while the engine is unavailable.
  fileprivate var unlessEngineIsAway: SimulatedOperation {
    var copy = self
    copy.moments = moments.map { moment in
      { world, transcript in
        guard world.engineReturns != nil else { return moment(&world, &transcript) }
        transcript.complain(
          "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
        )
        return .exit(1)
      }
    }
    return copy
  }

  /// The course of an operation.
  init(_ operation: HostOperation, _ script: SimulatedHost.Script) {
    switch operation.request {
    case .call(let call):
      self.init(call, operation.effect, script)
      if call.command.isForEngine { self = unlessEngineIsAway }
    case .command(let command):
      self.init(cost: .milliseconds(1)) { _, _ in
        .reply(.command(script.answer(in: nil, command.argv) ?? CommandResult(status: 0)))
      }
      if let call = command.knownCall { self.init(call, operation.effect, script) }
      if command.isForEngine { self = unlessEngineIsAway }
    case .http(let url, let host): self.init(probing: url, named: host)
    case .tcp(let host, let port):
      self.init(cost: .milliseconds(1)) { world, _ in
        world.connects(host: host, port: port).step { _ in .reply(.done) }
      }
    case .readFile(let path):
      self.init(cost: .zero) { world, _ in
        .reply(.file(world.process(at: path) ?? world.files.snapshot(path, at: world.now)))
      }
    case .writeFile(let file): self.init(writing: file)
    }
  }

  private init(probing url: String, named host: String?) {
    guard let address = WebAddress(url), !address.isTLS else {
      self.init(cost: .zero) { _, _ in
        .failure(.noAnswer(reason: "\(url) is not an http:// URL"))
      }
      return
    }
    self.init(
      cost: .milliseconds(1),
      { world, _ in
        world.request(address, name: host).step { .reply(.http($0)) }
      })
  }

  private init(writing file: FileWrite) {
    self.init(cost: .milliseconds(1)) { world, _ in
      let reason = world.files.write(file.bytes, to: file.path, method: file.method, at: world.now)
      if let reason { return .failure(.file(path: file.path, reason: reason)) }
      world.note("\(file.path) was written")
      return .reply(.done)
    }
  }
}

extension Command {
  var isForEngine: Bool { argv.first == "docker" }

  /// The call for a command of the plan: of Docker's commands only `docker stop NAME` and `docker
  /// start NAME` take effect; all others succeed and do nothing.
  fileprivate var knownCall: HostCall? {
    guard argv.count > 2, let name = argv.last else { return nil }
    switch argv.prefix(2) {
    case ["docker", "stop"]: return HostCall(.stop(container: name, grace: .seconds(10)), self)
    case ["docker", "start"]: return HostCall(.start(container: name), self)
    default: return nil
    }
  }
}

extension SimulatedState.RequestOutcome {
  /// The result as a probe's step.
  fileprivate func step(_ answered: (HTTPAnswer) -> SimulatedOperation.Step)
    -> SimulatedOperation.Step
  {
    switch self {
    case .answer(let answer): answered(answer)
    case .refused: .failure(.refused(reason: "Connection refused"))
    case .reset: .failure(.noAnswer(reason: "Connection reset by peer"))
    case .unknownHost: .failure(.noAnswer(reason: "Name or service not known"))
    case .hangs: .hangs
    }
  }
}
