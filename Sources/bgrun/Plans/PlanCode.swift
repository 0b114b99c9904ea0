import Synchronization

/// The plan's own code, which runs in this process. A crash of it is the runtime's to explain and the
/// journal's to remember; but a call of `exit(0)` must not look like a deploy that went well.
enum PlanCode {
  private static let done = Atomic(false)

  /// Whether the tool itself is about to end the process.
  static var isDone: Bool {
    get { done.load(ordering: .relaxed) }
    set { done.store(newValue, ordering: .relaxed) }
  }

  /// Prepares the process for code that is not the tool's.
  static func prepare() {
    // The runtime's report of a crash shows what registers point to, which may be a secret.
    if getenv("SWIFT_BACKTRACE") == nil {
      for crash in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] { signal(crash, SIG_DFL) }
    }
    atexit {
      guard !PlanCode.isDone else { return }
      Output(color: .never).complain(
        "bgrun: the plan's own code called exit(), which ended bgrun; the next deploy says whether "
          + "a run was interrupted\n")
      _exit(ExitCode.broken.rawValue)
    }
  }
}
