/// A line about an event: a symbol and a text, before colour and width are applied.
struct Message: Equatable {
  /// The kind of message, as its symbol.
  enum Symbol: String {
    case none = ""
    /// A heading, without a mark.
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
    /// A command that only read.
    case asked = "?"
    case output = "|"
    /// A question to the user.
    case question = "??"

    /// The text printed before the message.
    var mark: String { self == .heading ? "" : rawValue }
  }

  var symbol: Symbol
  var text: String
  /// The right-aligned text: a duration.
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
