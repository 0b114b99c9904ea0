import BgrunSystem
import CBgrun

/// A running child: reads both pipes concurrently and stops the process tree on time.
struct RunningChild {
  /// How long to keep reading output after the program has exited: a grandchild may hold the pipe.
  private static let lingering: Duration = .milliseconds(200)

  let tree: ProcessTree
  let exit: Int32
  var output: Int32
  var errors: Int32
  var outputLines: LineSplitter
  var errorLines: LineSplitter
  var status: Int32?

  init(
    tree: ProcessTree, exit: Int32, output: Int32, errors: Int32, keeping kept: Int,
    lines: @escaping @Sendable (OutputLine) -> Void
  ) {
    self.tree = tree
    self.exit = exit
    self.output = output
    self.errors = errors
    outputLines = LineSplitter(.output, keeping: kept, output: lines)
    errorLines = LineSplitter(.errors, keeping: kept, output: lines)
  }

  mutating func wait(until cancelled: Int32, timeout: Duration) throws -> CommandResult {
    defer {
      closeAll()
      ChildProcess.forget(tree)
    }
    let clock = ContinuousClock()
    let began = clock.now
    var deadline = began.advanced(by: timeout)
    var ending: OperationEnd?
    while !(output < 0 && errors < 0 && status != nil) {
      let isCancelled = step(until: deadline, signal: ending == nil ? cancelled : -1)
      if status == nil { reap() }
      if status != nil, ending == nil {
        // The program has exited; processes that it left running may hold the pipes.
        ending = .exited
        deadline = clock.now.advanced(by: Self.lingering)
        continue
      }
      guard isCancelled || clock.now >= deadline else { continue }
      switch ending {
      case nil:
        ending = isCancelled ? .cancelled : .timedOut
        tree.send(SIGTERM)
        deadline = clock.now.advanced(by: ChildProcess.grace)
      case .exited: dropPipes()
      case .cancelled, .timedOut:
        tree.send(SIGKILL)
        dropPipes()
        if status == nil { reap(blocking: true) }
      }
    }
    if ending == .cancelled || ending == .timedOut { tree.send(SIGKILL) }
    outputLines.finish()
    errorLines.finish()
    switch ending {
    case .cancelled: throw CancellationError()
    case .timedOut:
      throw OperationError.timedOut(
        after: timeout, output: outputLines.text + errorLines.text)
    case .exited, nil:
      return CommandResult(
        status: status ?? 0, output: outputLines.text, errors: errorLines.text)
    }
  }

  private enum OperationEnd { case exited, cancelled, timedOut }

  /// Waits for output, exit, cancellation or the deadline; returns true if cancelled.
  private mutating func step(until deadline: ContinuousClock.Instant, signal: Int32) -> Bool {
    var polled = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
      pollfd(fd: status == nil ? exit : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signal, events: Int16(POLLIN), revents: 0),
    ]
    var milliseconds = ContinuousClock().now.duration(to: deadline).forPoll
    // Without a pidfd, poll for the exit.
    if exit < 0, status == nil { milliseconds = min(milliseconds, 20) }
    _ = poll(&polled, nfds_t(polled.count), milliseconds)
    if polled[0].revents != 0 { output = Self.read(output, into: &outputLines) }
    if polled[1].revents != 0 { errors = Self.read(errors, into: &errorLines) }
    return polled[3].revents != 0
  }

  /// Reads what is available; returns the descriptor, or -1 at its end.
  private static func read(_ descriptor: Int32, into lines: inout LineSplitter) -> Int32 {
    let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
      #if canImport(Glibc)
        count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
      #else
        count = max(0, Darwin.read(descriptor, buffer.baseAddress, buffer.count))
      #endif
    }
    if chunk.isEmpty {
      close(descriptor)
      return -1
    }
    lines.append(chunk)
    return descriptor
  }

  private mutating func reap(blocking: Bool = false) {
    var status: Int32 = 0
    while true {
      let pid = waitpid(tree.leader, &status, blocking ? 0 : WNOHANG)
      if pid == tree.leader { self.status = cbgrun_exit_status(status) }
      // Another waiter has reaped the status: this must not look like success.
      if pid == -1, errno == ECHILD { self.status = 255 }
      if pid == -1, errno == EINTR { continue }
      return
    }
  }

  private mutating func dropPipes() {
    if output >= 0 { close(output) }
    if errors >= 0 { close(errors) }
    output = -1
    errors = -1
  }

  private mutating func closeAll() {
    dropPipes()
    if exit >= 0 { close(exit) }
  }
}

extension Duration {
  /// The timeout for `poll`: milliseconds, rounded up, at most a minute.
  var forPoll: Int32 {
    if self <= .zero { return 0 }
    if self >= .seconds(60) { return 60_000 }
    let (seconds, attoseconds) = components
    return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}
