import DeployDSL
public import DeployRunner

/// A fault of an operation on a simulated host.
public struct SimulatedFault: Sendable {
  enum Kind: Sendable {
    case fails(exit: Int32, output: String, errors: String)
    case pretends
    case reportsFailure
    case hangs(isDone: Bool)
    case takes(Duration)
    case fillsDisk
    case meanwhile(@Sendable (inout SimulatedState) -> Void)
    case throwing(OperationError)
  }

  let kind: Kind

  /// It does nothing and fails: a command with this exit status and output; file operations and
  /// probes with `errors` as the reason.
  ///
  /// - Parameters:
  ///   - exit: the exit status. Default: 1.
  ///   - errors: standard error. Default: `scripted failure`.
  ///   - output: standard output. Default: nothing.
  public static func failing(
    exit: Int32 = 1, errors: String = "scripted failure", output: String = ""
  ) -> SimulatedFault {
    SimulatedFault(kind: .fails(exit: exit, output: output, errors: errors))
  }

  /// It reports success and does nothing.
  public static var succeedingWithoutEffect: SimulatedFault { SimulatedFault(kind: .pretends) }

  /// It succeeds and reports failure.
  public static var reportingFailureButDone: SimulatedFault {
    SimulatedFault(kind: .reportsFailure)
  }

  /// It does nothing and never ends on its own.
  public static var hanging: SimulatedFault { SimulatedFault(kind: .hangs(isDone: false)) }

  /// It does its work and never ends on its own: the engine is done, but the client waits.
  public static var hangingWhenDone: SimulatedFault { SimulatedFault(kind: .hangs(isDone: true)) }

  /// It begins later than usual by this time.
  public static func delayed(by time: Duration) -> SimulatedFault {
    SimulatedFault(kind: .takes(time))
  }

  /// The disk is full from this operation on: see ``SimulatedState/fillDisk(_:)``.
  public static var fillingDisk: SimulatedFault { SimulatedFault(kind: .fillsDisk) }

  /// It does its work while something else changes the host: during the stop of a container, else
  /// as soon as the work is done.
  ///
  /// - Parameter change: the change to the host.
  public static func meanwhile(
    _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) -> SimulatedFault {
    SimulatedFault(kind: .meanwhile(change))
  }

  /// It cannot be performed at all, for example because of a missing program or a server without an
  /// answer.
  public static func throwing(_ failure: OperationError) -> SimulatedFault {
    SimulatedFault(kind: .throwing(failure))
  }
}

extension SimulatedOperation {
  /// The same operation with a fault.
  func with(_ fault: SimulatedFault, on request: HostOperation.Request) -> SimulatedOperation {
    var copy = self
    switch fault.kind {
    case .fails(let exit, let output, let errors):
      copy.moments = [{ _, _ in Self.failure(request, exit, output, errors) }]
    case .pretends:
      copy.moments = [{ _, _ in Self.success(request) }]
    case .reportsFailure:
      copy.replaceEnd { Self.failure(request, 1, "", "scripted failure") }
    case .hangs(let isDone):
      let process = process
      if isDone {
        copy.replaceEnd { .hangs }
      } else {
        copy.moments = [
          { world, _ in
            process?(&world)
            return .hangs
          }
        ]
      }
    case .takes(let time): copy.cost += time
    case .fillsDisk:
      guard let first = moments.first else { break }
      copy.moments[0] = { world, transcript in
        world.fillDisk()
        return first(&world, &transcript)
      }
    case .meanwhile(let change):
      guard let first = moments.first else { break }
      copy.moments[0] = { world, transcript in
        let step = first(&world, &transcript)
        world.schedule(after: .zero, isNatural: true, change)
        return step
      }
    case .throwing(let failure): copy.moments = [{ _, _ in .failure(failure) }]
    }
    return copy
  }

  /// Performs all moments, then ends differently.
  private mutating func replaceEnd(_ end: @escaping @Sendable () -> Step) {
    moments = moments.map { moment in
      { world, transcript in
        let step = moment(&world, &transcript)
        if case .later = step { return step }
        return end()
      }
    }
    moments.append { _, _ in end() }
  }

  private static func failure(
    _ request: HostOperation.Request, _ exit: Int32, _ output: String, _ errors: String
  ) -> Step {
    switch request {
    case .command:
      .reply(.command(CommandResult(status: exit, output: output, errors: errors)))
    case .call(let call):
      .reply(call.answer(from: CommandResult(status: exit, output: output, errors: errors)))
    case .http, .tcp: .failure(.noAnswer(reason: errors))
    case .readFile(let path): .failure(.file(path: path, reason: errors))
    case .writeFile(let file): .failure(.file(path: file.path, reason: errors))
    }
  }

  private static func success(_ request: HostOperation.Request) -> Step {
    switch request {
    case .command: .reply(.command(CommandResult(status: 0)))
    case .call(let call): .reply(call.answer(from: CommandResult(status: 0)))
    case .http: .reply(.http(HTTPAnswer(status: 200, body: "")))
    case .readFile(let path): .reply(.file(FileSnapshot(path: path, content: .missing)))
    case .tcp, .writeFile: .reply(.done)
    }
  }
}
