/// Writes messages to a sink: applies colour and width, and redraws the live line in place.
struct Console {
  private let sink: ReportSink
  private let style: ReportStyle
  private var live: String?
  private var liveIsShown = false

  init(sink: ReportSink, style: ReportStyle) {
    self.sink = sink
    self.style = style
  }

  /// The column at which lines end on the right.
  private var columns: Int { style.isLive ? max(40, min(style.width(), 100)) : 80 }

  mutating func write(_ message: Message) {
    hideLive()
    sink.write(line(for: message) + "\n", to: message.channel)
    showLive()
  }

  /// Replaces the live line, which is redrawn in place; `nil` removes it.
  mutating func setLive(_ text: String?) {
    let text = text?.showable
    guard style.isLive, text != live || !liveIsShown else { return }
    live = text
    if text == nil { hideLive() } else { showLive() }
  }

  private mutating func hideLive() {
    guard liveIsShown else { return }
    sink.write("\r\u{1B}[K", to: .results)
    liveIsShown = false
  }

  private mutating func showLive() {
    guard let live, style.isLive else { return }
    // Leave one column free: some terminals scroll on a full line.
    let text = live.truncated(toWidth: max(10, style.width() - 1))
    // End at column 0, so that other output, such as a crash message, overwrites the line.
    sink.write("\r\(text)\u{1B}[K\r", to: .results)
    liveIsShown = true
  }

  private func line(for message: Message) -> String {
    let indent = String(repeating: " ", count: message.indent)
    let symbol = message.symbol.mark
    let head = symbol.isEmpty ? indent : indent + color(symbol, message.symbol.color) + " "
    let text = color(message.text.showable, message.symbol.textColor)
    guard let trailing = message.trailing else { return head + text }
    let used = message.indent + (symbol.isEmpty ? 0 : 2) + message.text.showable.width
    let gap = max(2, columns - used - trailing.width)
    return head + text + String(repeating: " ", count: gap) + color(trailing, .dim)
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
  }
}

extension Message.Symbol {
  fileprivate var color: Console.Color? {
    switch self {
    case .none, .heading: nil
    case .done: .green
    case .failed: .red
    case .warning, .retry, .undo, .question: .yellow
    case .command, .asked: .cyan
    case .skipped, .note, .output: .dim
    }
  }

  fileprivate var textColor: Console.Color? {
    switch self {
    case .heading, .question: .bold
    case .output, .asked: .dim
    default: nil
    }
  }
}
