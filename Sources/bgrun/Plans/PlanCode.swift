import Synchronization

/// The plan's own code, which runs in this process. The runtime reports a crash and the journal
/// records it, but a call of `exit(0)` must not look like a successful deploy.
enum PlanCode {
  private static let done = Atomic(false)

  /// Whether the tool itself is about to end the process.
  static var isDone: Bool {
    get { done.load(ordering: .relaxed) }
    set { done.store(newValue, ordering: .relaxed) }
  }

  /// Prepares the process for the plan's code.
  static func prepare() {
    // The runtime's report of a crash shows what registers point to, which may be a secret.
    if getenv("SWIFT_BACKTRACE") == nil {
      for crash in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] { signal(crash, SIG_DFL) }
    }
    atexit {
      guard !PlanCode.isDone else { return }
      Output(color: .never).complain(
        "bgrun: the plan's own code called exit() and ended bgrun; the next deploy reports an "
          + "interrupted run\n")
      _exit(ExitCode.broken.rawValue)
    }
  }
}
