import DeployDSL

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
    /// A command that only reads.
    case asked = "?"
    case output = "|"
    /// A question to the user.
    case question = "??"
    /// The cause of a failure, what fixes it, and what to do next.
    case error = "error:"
    case fix = "fix:"
    case next = "next:"
    /// A dry run's step that starts, stops, changes or only reads something.
    case starts = "+"
    case stops = "−"
    case changes = "~"
    case reads = "? "
    /// A line that is removed from or added to a file.
    case removed = "- "
    case added = "+ "

    /// The text printed before the message.
    var mark: String {
      switch self {
      case .heading: ""
      case .stops: "-"
      case .reads, .removed, .added: String(rawValue.dropLast())
      default: rawValue
      }
    }
  }

  var symbol: Symbol
  var text: String
  /// The right-aligned text: a duration.
  var trailing: String?
  /// The plan's location, before the symbol.
  var place: SourceLocation?
  var indent: Int
  /// The column at which a wrapped text continues; `nil` for that of its beginning.
  var hang: Int?
  var channel: ReportSink.Channel

  init(
    _ symbol: Symbol, _ text: String, trailing: String? = nil, place: SourceLocation? = nil,
    indent: Int = 0, hang: Int? = nil, to channel: ReportSink.Channel = .results
  ) {
    self.symbol = symbol
    self.text = text
    self.trailing = trailing
    self.place = place
    self.indent = indent
    self.hang = hang
    self.channel = channel
  }
}

/// A line of the part of a terminal that is redrawn in place.
struct LiveLine: Equatable {
  /// What it is about.
  enum Kind {
    /// A step that runs now.
    case running
    /// A step that will run, or additional information.
    case quiet
  }

  var kind: Kind
  var text: String
  /// The right-aligned text: a duration.
  var trailing: String?
}
