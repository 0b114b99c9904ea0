/// What is said about an event: a symbol and a text, before colour and width.
struct Message: Equatable {
  /// What kind of thing is said.
  enum Symbol: String {
    case none = ""
    /// A line of its own weight, without a mark.
    case heading = "#"
    case done = "✓"
    case failed = "✗"
    case skipped = "-"
    case note = "·"
    case retry = "↻"
    case warning = "!"
    case undo = "↩"
    /// A command that changes something, or would in a dry run.
    case command = "$"
    /// A command that only looked.
    case asked = "?"
    case output = "|"
    /// A person is asked.
    case question = "??"

    /// What is printed before the text.
    var mark: String { self == .heading ? "" : rawValue }
  }

  var symbol: Symbol
  var text: String
  /// What stands at the right: a duration.
  var trailing: String?
  var indent: Int
  var channel: ReportSink.Channel

  init(
    _ symbol: Symbol, _ text: String, trailing: String? = nil, indent: Int = 0,
    to channel: ReportSink.Channel = .results
  ) {
    self.symbol = symbol
    self.text = text
    self.trailing = trailing
    self.indent = indent
    self.channel = channel
  }
}
