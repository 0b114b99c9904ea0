import BgrunSystem
import CBgrun
import Synchronization

/// Runs a program to its end. Foundation's `Process` would wait for grandchildren, and leave them
/// alive when it terminates the child.
package struct ChildProcess: Sendable {
  /// The time between SIGTERM and SIGKILL.
  static let grace: Duration = .seconds(2)

  var path: String
  var argv: [String]
  var environment: [String: String]
  var directory: String?
  /// The standard input; `nil` for none.
  package var input: [UInt8]?
  var timeout: Duration
  /// Whether to mark descendants by an environment variable, so that they are found even after they
  /// have left the process group and their parent has exited.
  var marksDescendants: Bool
  /// How many trailing bytes of each stream to keep: enough for a large `nginx -T`, and bounded
  /// when a program never stops printing.
  var kept = 16 << 20

  package init(
    path: String, argv: [String], environment: [String: String], directory: String? = nil,
    input: [UInt8]? = nil, timeout: Duration, marksDescendants: Bool = true
  ) {
    self.path = path
    self.argv = argv
    self.environment = environment
    self.directory = directory
    self.input = input
    self.timeout = timeout
    self.marksDescendants = marksDescendants
  }

  /// The environment of this process.
  package static func inheritedEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let pair = String(cString: entry).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
      next += 1
    }
    return variables
  }

  /// Runs the program.
  ///
  /// - Parameter source: an open file that is its standard input instead of ``input``.
  /// - Throws: ``OperationError`` if it cannot be started or times out, `CancellationError` when
  ///   the calling task is cancelled; its process tree has then ended.
  package func run(
    reading source: OpenFile? = nil, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    try await BlockingThread.run { signal in
      Result {
        var running = try start(reading: source, output: output)
        return try running.wait(until: signal.descriptor, timeout: timeout)
      }
    }
  }

  /// Runs the program and blocks the calling thread.
  ///
  /// - Parameter cancelled: a descriptor that becomes readable when the program must be stopped.
  /// - Throws: see ``run(reading:output:)``.
  package func run(
    until cancelled: Int32, output: @escaping @Sendable (OutputLine) -> Void = { _ in }
  ) throws -> CommandResult {
    var running = try start(reading: nil, output: output)
    return try running.wait(until: cancelled, timeout: timeout)
  }

  /// The running process trees.
  private static let living = Mutex<Set<ProcessTree>>([])

  /// Kills all running process trees and ends this process; no more are started.
  package static func killAll(andThen leave: () -> Never) -> Never {
    living.withLock { trees in
      for tree in trees { tree.send(SIGKILL) }
      leave()
    }
  }

  static func forget(_ tree: ProcessTree) { living.withLock { _ = $0.remove(tree) } }

  private func start(
    reading source: OpenFile?, output: @escaping @Sendable (OutputLine) -> Void
  ) throws -> RunningChild {
    Self.keepExitStatuses
    guard !(argv + environment.values).contains(where: { $0.utf8.contains(0) }) else {
      throw OperationError.cannotStart(
        program: path, reason: "an argument or variable holds a NUL character")
    }
    let given = source == nil ? try inputDescriptor() : -1
    defer { if given >= 0 { close(given) } }
    let input = source?.descriptor ?? given
    var outputEnds: [Int32] = [-1, -1]
    var errorEnds: [Int32] = [-1, -1]
    var failed = cbgrun_pipe(&outputEnds)
    if failed == 0 { failed = cbgrun_pipe(&errorEnds) }
    let mark = marksDescendants ? "\(getpid())-\(UInt64.random(in: 0 ... .max))" : nil
    var tree = ProcessTree(leader: 0, mark: mark)
    if failed == 0 {
      failed = Self.living.withLock { living in
        let failed = spawn(mark, input, outputEnds[1], errorEnds[1], &tree.leader)
        if failed == 0 { living.insert(tree) }
        return failed
      }
    }
    for end in [outputEnds[1], errorEnds[1]] where end >= 0 { close(end) }
    guard failed == 0 else {
      for end in [outputEnds[0], errorEnds[0]] where end >= 0 { close(end) }
      throw OperationError.cannotStart(program: path, reason: reason(failed))
    }
    return RunningChild(
      tree: tree, exit: cbgrun_pidfd(tree.leader),
      output: outputEnds[0], errors: errorEnds[0], keeping: kept, lines: output)
  }

  /// Starts the program in a session of its own, with three descriptors, and does not wait for it.
  ///
  /// - Returns: its number; the caller reads its exit status.
  /// - Throws: ``OperationError`` if it cannot be started.
  package func spawn(input: Int32, output: Int32, errors: Int32) throws -> Int32 {
    Self.keepExitStatuses
    var process: Int32 = 0
    let failed = spawn(nil, input, output, errors, &process)
    guard failed == 0 else {
      throw OperationError.cannotStart(program: path, reason: reason(failed))
    }
    return process
  }

  /// Returns 0 or the `errno`.
  private func spawn(
    _ mark: String?, _ input: Int32, _ output: Int32, _ errors: Int32, _ process: inout Int32
  ) -> Int32 {
    var variables = environment
    variables[ProcessTree.marker] = mark
    let pairs = variables.map { "\($0.key)=\($0.value)" }
    return withCStrings(argv) { argv in
      withCStrings(pairs) { environment in
        cbgrun_spawn(path, argv, environment, directory, input, output, errors, &process)
      }
    }
  }

  private func inputDescriptor() throws -> Int32 {
    guard let input else { return -1 }
    let descriptor = cbgrun_memory_file(input, input.count)
    guard descriptor >= 0 else {
      throw OperationError.cannotStart(
        program: path,
        reason: "cannot pass its input: \(String(cString: strerror(errno)))")
    }
    return descriptor
  }

  /// The parent of this process may have made it ignore SIGCHLD; the system would then discard the
  /// children's exit statuses.
  private static let keepExitStatuses: Void = {
    var present = sigaction()
    guard sigaction(SIGCHLD, nil, &present) == 0 else { return }
    #if canImport(Glibc)
      let handler = present.__sigaction_handler.sa_handler
    #else
      let handler = present.__sigaction_u.__sa_handler
    #endif
    if unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      signal(SIGCHLD, SIG_DFL)
    }
  }()

  /// Why the program could not be started: a missing folder looks like a missing program.
  private func reason(_ failed: Int32) -> String {
    let text = String(cString: strerror(failed))
    guard let directory, access(directory, X_OK) != 0 else { return text }
    return "its folder \(directory): \(String(cString: strerror(errno)))"
  }

  private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}
