/// The output of a command.
public struct CommandOutput: Hashable, Sendable {
  /// Standard output as text.
  public var output: String
  /// Standard error as text.
  public var errors: String

  /// Makes an output.
  package init(output: String, errors: String) {
    self.output = output
    self.errors = errors
  }
}

/// An HTTP server's answer.
public struct HTTPAnswer: Hashable, Sendable {
  /// The status code, for example 200.
  public var status: Int
  /// The body as text, at most 64 KiB of it.
  public var body: String
  /// The target of a redirect as sent by the server; `nil` if there is none.
  public var location: String?

  /// Makes an answer.
  public init(status: Int, body: String, location: String? = nil) {
    self.status = status
    self.body = body
    self.location = location
  }
}
