import CBgrun
import DeployRunner

/// The process's standard output and standard error.
struct Output: Sendable {
  /// Where results go.
  private(set) var results = STDOUT_FILENO
  private let color: Options.ColorChoice
  /// What takes the place of `PLAN` in a proposed command: `bgrun status PLAN`.
  private let plan: String?

  init(color: Options.ColorChoice, plan: String? = nil) {
    self.color = color
    let word = plan.map { Command([$0]).description.showable }
    // It may be written into JSON.
    self.plan = word?.contains { "\\\"".contains($0) } == true ? nil : word
  }

  /// Keeps the results apart from what a plan prints: that goes to standard error.
  mutating func separate() {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    if copy >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 { results = copy }
  }

  /// Makes sure that the three standard descriptors are open: a file that is opened later would
  /// else take the place of one that is closed, and be written to.
  static func prepare() {
    for file in 0...2 where fcntl(Int32(file), F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    bg_output_by_line()
  }

  /// Writes to standard output, with no control characters but line ends. A reader that has gone away
  /// is no reason to stop.
  func write(_ text: String) {
    Files.write(Array(naming(text).showable(isColored: false).utf8), to: results)
  }

  /// Writes to standard error; only colours stay, where it is coloured.
  func complain(_ text: String) {
    let text = naming(text).showable(isColored: problemsAreColored)
    Files.write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// Where a reporter writes, which sees to control characters itself.
  var sink: ReportSink {
    ReportSink { text, channel in
      Files.write(Array(naming(text).utf8), to: channel == .results ? results : STDERR_FILENO)
    }
  }

  /// The text with commands that can be pasted: they name the plan.
  private func naming(_ text: String) -> String {
    guard let plan, text.utf8.contains(UInt8(ascii: "`")) else { return text }
    return text.replacing(/(`bgrun (?:[a-z]+ )?)PLAN\b/) { $0.output.1 + plan }
  }

  /// Whether the record is shown in colour.
  var isColored: Bool { isColored(results) }

  /// Whether messages are shown in colour.
  var problemsAreColored: Bool { isColored(STDERR_FILENO) }

  /// Whether the record is seen by who sits at the terminal.
  var isTerminal: Bool { isatty(results) == 1 }

  /// Whether a line of the record can be rewritten in place.
  var isLive: Bool { isTerminal(results) }

  /// The columns of the terminal.
  var width: Int {
    var size = winsize()
    guard ioctl(results, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private func isColored(_ file: Int32) -> Bool {
    switch color {
    case .always: true
    case .never: false
    case .auto: Paths.variable("NO_COLOR") == nil && isTerminal(file)
    }
  }

  private func isTerminal(_ file: Int32) -> Bool {
    isatty(file) == 1 && Paths.variable("TERM") != "dumb"
  }
}
