import CSystem

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs a program to its end; the toolchain's own `Process` waits for grandchildren and leaves
/// them alive when it terminates the child.
struct ChildProcess: Sendable {
  /// How long a process tree may take to end after SIGTERM, before SIGKILL.
  static let grace: Duration = .seconds(2)

  var path: String
  var argv: [String]
  var environment: [String: String]
  var directory: String?
  /// What it reads from standard input; `nil` is nothing.
  var input: [UInt8]?
  var timeout: Duration

  /// Runs the program.
  ///
  /// - Throws: ``OperationFailure`` if it cannot be started or its time is up, `CancellationError`
  ///   when the calling task is cancelled; its process tree has ended then.
  func run(output: @escaping @Sendable (OutputLine) -> Void) async throws -> CommandResult {
    try await BlockingThread.run { signal in
      do {
        var running = try start(output: output)
        return .success(try running.wait(signal: signal, timeout: timeout))
      } catch {
        return .failure(error)
      }
    }
  }

  private func start(output: @escaping @Sendable (OutputLine) -> Void) throws -> RunningChild {
    var outputEnds: [Int32] = [-1, -1]
    var errorEnds: [Int32] = [-1, -1]
    var failed = csystem_pipe(&outputEnds)
    if failed == 0 { failed = csystem_pipe(&errorEnds) }
    let mark = "\(getpid())-\(UInt64.random(in: 0 ... .max))"
    var pid: pid_t = 0
    if failed == 0 {
      var variables = environment
      variables[ProcessTree.marker] = mark
      let input = try inputDescriptor()
      defer { if input >= 0 { close(input) } }
      let pairs = variables.map { "\($0.key)=\($0.value)" }
      failed = withCStrings(argv) { argv in
        withCStrings(pairs) { environment in
          csystem_spawn(
            path, argv, environment, directory, input, outputEnds[1], errorEnds[1], &pid)
        }
      }
    }
    for end in [outputEnds[1], errorEnds[1]] where end >= 0 { close(end) }
    guard failed == 0 else {
      for end in [outputEnds[0], errorEnds[0]] where end >= 0 { close(end) }
      throw OperationFailure.cannotStart(program: path, reason: String(cString: strerror(failed)))
    }
    return RunningChild(
      tree: ProcessTree(leader: pid, mark: mark), exit: csystem_pidfd(pid),
      output: outputEnds[0], errors: errorEnds[0], lines: output)
  }

  private func inputDescriptor() throws -> Int32 {
    guard let input else { return -1 }
    let descriptor = csystem_memory_file(input, input.count)
    guard descriptor >= 0 else {
      throw OperationFailure.cannotStart(
        program: path,
        reason: "its input cannot be handed over: \(String(cString: strerror(errno)))")
    }
    return descriptor
  }

  private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}
