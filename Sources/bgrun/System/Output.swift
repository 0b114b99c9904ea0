import CBgrun
import DeployRunner

/// The process's standard output and standard error.
struct Output: Sendable {
  /// Where results go.
  private(set) var results = STDOUT_FILENO
  private let color: Options.ColorChoice
  /// What proposed commands name instead of `PLAN`: `bgrun status PLAN`.
  private let plan: String
  /// What they begin with instead of `bgrun`, in a program that holds the plan.
  private let program: String?
  /// The folder of the project, once it is known; `nil` for the working folder.
  private let project = Shared<String?>(nil)

  /// - Parameters:
  ///   - plan: the plan, with the options that find its project, as a shell takes them. Default:
  ///     nothing, the command finds them itself.
  ///   - program: what proposed commands begin with instead of `bgrun`. Default: `bgrun`.
  init(color: Options.ColorChoice, plan: String = "", of program: String? = nil) {
    self.color = color
    self.program = program
    self.plan = Self.plain(plan) ?? ""
  }

  /// For a command line.
  init(_ options: Options) {
    let isProgram = EmbeddedPlan.current != nil && !options.isOnHost
    let words = isProgram ? nil : options.planWords
    self.init(
      color: options.color,
      plan: words ?? Command(options.placeWords(on: options.hosts)).description.showable,
      of: isProgram ? EmbeddedPlan.program : nil)
  }

  /// Text that may also be written into JSON; `nil` for other text.
  private static func plain(_ text: String) -> String? {
    text.contains { "\\\"".contains($0) } ? nil : text
  }

  /// A text for elsewhere, whose proposed commands name the plan.
  func naming(_ text: String) -> String { text.naming(plan: plan, of: program) }

  /// Lets proposed commands of Compose run in the project's folder.
  func found(project folder: String) {
    let isHere = Paths.resolved(folder) == Paths.resolved(Paths.current)
    project.withLock { $0 = isHere ? nil : Self.plain(folder) }
  }

  /// The same, with what would be results among the messages.
  var onlyProblems: Output {
    var copy = self
    copy.results = STDERR_FILENO
    return copy
  }

  /// Keeps results apart from what a plan prints, which goes to standard error.
  mutating func separate() {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    if copy >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 { results = copy }
  }

  /// Makes sure that the three standard descriptors are open: otherwise a file opened later would
  /// take the place of a closed one and be written to.
  static func prepare() {
    for file in 0...2 where fcntl(Int32(file), F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    bg_output_by_line()
  }

  /// Writes to standard output, without control characters. A closed reader is not an error.
  func write(_ text: String) { sink.write(text.showable(isColored: false), to: .results) }

  /// Writes a text for people to standard output; a terminal cuts no word of it.
  func tell(_ text: String) { folding.write(text.showable(isColored: false), to: .results) }

  /// Writes a value to standard output, as JSON in one line.
  func write(json value: some Encodable) throws { write(try Self.json(value)) }

  /// A value as JSON in one line.
  static func json(_ value: some Encodable) throws -> String {
    String(decoding: try value.jsonBytes(), as: UTF8.self) + "\n"
  }

  /// Replaces what a terminal shows.
  func redraw(_ text: String) {
    let lines = text.showable(isColored: false).folded(toWidth: width)
      .replacing("\n", with: "\u{1B}[K\n")
    sink.write("\u{1B}[H\(lines)\u{1B}[J", to: .results)
  }

  /// Writes to standard error; of control characters only colours stay, where it is coloured.
  func complain(_ text: String) {
    sink.write(text.showable(isColored: problemsAreColored), to: .problems)
  }

  /// Shows on a terminal how far something is, in place of what was shown last; `nil` removes it.
  func progress(_ text: String?) {
    guard isTerminal(STDERR_FILENO) else { return }
    let line = text?.shortened(toWidth: width - 1) ?? ""
    Files.write(Array("\r\(line)\u{1B}[K".utf8), to: STDERR_FILENO)
  }

  /// Ends this process at once, with a last message.
  func quit(_ text: String, _ status: Int32) -> Never {
    ChildProcess.killAll {
      // A blocked reader must not keep the process from ending.
      var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      if poll(&errors, 1, 200) > 0 { complain("\nbgrun: \(text)\n") }
      _exit(status)
    }
  }

  /// Where a reporter writes, which handles control characters itself.
  var sink: ReportSink { sink { $0 } }

  /// The same, with lines that fit a terminal.
  private var folding: ReportSink {
    sink { [isTerminal, width] in isTerminal ? $0.folded(toWidth: width) : $0 }
  }

  private func sink(_ shape: @escaping @Sendable (String) -> String) -> ReportSink {
    ReportSink { [results] text, channel in
      let bytes = Array(shape(text).utf8)
      Files.write(bytes, to: channel == .results ? results : STDERR_FILENO)
    }
    .naming(plan: plan, of: program) { [project] in project.value }
  }

  /// Whether results are shown in colour.
  var isColored: Bool { isColored(results) }

  /// Whether messages are shown in colour.
  var problemsAreColored: Bool { isColored(STDERR_FILENO) }

  /// Whether results go to a terminal.
  var isTerminal: Bool { isatty(results) == 1 }

  /// Whether a line of the results can be rewritten in place.
  var isLive: Bool { isTerminal(results) }

  /// The columns of the terminal.
  var width: Int { size.map { Int($0.ws_col) } ?? 80 }

  /// The lines of the terminal.
  var height: Int { size.map { Int($0.ws_row) } ?? 24 }

  private var size: winsize? {
    var size = winsize()
    guard ioctl(results, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return nil }
    return size
  }

  /// How a run is shown here.
  ///
  /// - Parameters:
  ///   - host: the host of the run, as text; `nil` if it is not worth showing.
  ///   - isWatched: whether the run takes real time, so that there is something to watch.
  func style(_ options: Options, host: String? = nil, isWatched: Bool) -> ReportStyle {
    let isHuman = options.format != .json
    var style = ReportStyle(
      detail: options.detail, isColored: isColored, isLive: isLive && isHuman && isWatched,
      width: { width }, host: host)
    style.height = { height }
    style.isTerminal = isTerminal
    if isWatched, isHuman, !style.isLive { style.pulse = .seconds(10) }
    return style
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
