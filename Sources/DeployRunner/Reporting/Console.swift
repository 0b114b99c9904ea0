/// Writes messages to a sink: applies colour and width, and redraws the live lines in place.
struct Console {
  private let sink: ReportSink
  private let style: ReportStyle
  private var live: String?
  private var liveIsShown = false

  init(sink: ReportSink, style: ReportStyle) {
    self.sink = sink
    self.style = style
  }

  /// Whether a terminal shows the lines.
  private var isTerminal: Bool { style.isTerminal || style.isLive }

  /// The column at which lines end on the right.
  private var columns: Int { isTerminal ? max(20, min(style.width(), 100)) : 80 }

  mutating func write(_ message: Message) {
    hideLive()
    sink.write(text(of: message) + "\n", to: message.channel)
    showLive()
  }

  /// How many lines can be redrawn: a terminal cannot move back to what it has scrolled away.
  var liveRoom: Int { max(1, style.height() - 2) }

  /// Replaces the live lines, which are redrawn in place.
  mutating func setLive(_ lines: [LiveLine]) {
    guard style.isLive else { return }
    let text =
      lines.isEmpty ? nil : lines.map { line(for: $0) + "\u{1B}[K" }.joined(separator: "\n")
    guard text != live || !liveIsShown else { return }
    // From the first line on: fewer lines may follow.
    live = text.map { "\r\($0)\u{1B}[J" + (lines.count > 1 ? "\u{1B}[\(lines.count - 1)A" : "") }
    if live == nil { hideLive() } else { showLive() }
  }

  private mutating func hideLive() {
    guard liveIsShown else { return }
    sink.write("\r\u{1B}[J", to: .results)
    liveIsShown = false
  }

  private mutating func showLive() {
    guard let live, style.isLive else { return }
    // End at column 0, so that other output, such as a crash message, overwrites the line.
    sink.write("\(live)\r", to: .results)
    liveIsShown = true
  }

  private func line(for line: LiveLine) -> String {
    // Leave one column free: some terminals scroll on a full line.
    let limit = min(columns, max(10, style.width() - 1))
    let tail = line.trailing.map { "  \($0)" } ?? ""
    let room = max(limit - tail.width, limit / 2)
    let text = line.text.showable.shortened(toWidth: room)
    let all = tail.isEmpty ? text : text.padded(toWidth: limit - tail.width) + tail
    return line.kind == .quiet ? color(all, .dim) : all
  }

  // MARK: Messages

  private func text(of message: Message) -> String {
    let symbol = message.symbol.mark
    let place = message.place.map { "\($0): " } ?? ""
    let indent = String(repeating: " ", count: message.indent)
    let start = message.indent + place.width + (symbol.isEmpty ? 0 : symbol.width + 1)
    let head =
      indent + color(place, .bold)
      + (symbol.isEmpty ? "" : color(symbol, message.symbol.color) + " ")
    var lines = [message.text.showable]
    if isTerminal {
      lines = wrapped(lines[0], after: start, message)
    }
    let hang = String(repeating: " ", count: hang(of: message, start))
    let colored = lines.map { color($0, message.symbol.textColor) }.joined(separator: "\n" + hang)
    guard let trailing = message.trailing else { return head + colored }
    let used = (lines.count == 1 ? start : hang.count) + (lines.last?.width ?? 0)
    let gap = max(2, columns - used - trailing.width)
    return head + colored + String(repeating: " ", count: gap) + color(trailing, .dim)
  }

  /// The lines of a text that begins at a column, so that no word is cut at the terminal's edge.
  private func wrapped(_ text: String, after start: Int, _ message: Message) -> [String] {
    let tail = message.trailing.map { $0.width + 2 } ?? 0
    let isCommand = message.symbol == .command || message.symbol == .asked
    // A line that ends in a time leaves room for it.
    return text.wrapped(
      first: columns - start - tail, toWidth: columns - hang(of: message, start) - tail,
      isCommand: isCommand)
  }

  /// The column at which a text continues.
  private func hang(of message: Message, _ start: Int) -> Int {
    if let hang = message.hang, hang <= columns / 2 { return hang }
    return start <= columns / 3 ? start : message.indent + 4
  }

  private func color(_ text: String, _ color: Color?) -> String {
    guard style.isColored, let color, !text.isEmpty else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }

  fileprivate enum Color: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
    case boldRed = "1;31"
    case boldCyan = "1;36"
  }
}

extension Message.Symbol {
  fileprivate var color: Console.Color? {
    switch self {
    case .none, .heading: nil
    case .done, .starts, .added: .green
    case .failed, .stops, .removed: .red
    case .warning, .retry, .undo, .question, .changes: .yellow
    case .command, .asked, .reads: .cyan
    case .skipped, .note, .output: .dim
    case .error: .boldRed
    case .fix, .next: .boldCyan
    }
  }

  fileprivate var textColor: Console.Color? {
    switch self {
    case .heading, .question, .error: .bold
    case .output, .asked: .dim
    case .removed: .red
    case .added: .green
    default: nil
    }
  }
}
