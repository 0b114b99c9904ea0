/// Tells people how the deploy goes: in a chat, or by a command.
///
/// ```swift
/// Notify(.webhook(Secret("SLACK_URL")), "grafana has been switched")
/// ```
/// That somebody could not be told fails no deploy: it is a warning, unless `.onFailure(…)` on the
/// step itself says otherwise. It may stand in `onFailure { }` and in `.undo { }`.
public struct Notify: ActionStep, Hashable {
  /// How people are told.
  public enum Channel: Hashable, Sendable, Encodable {
    /// A POST of `{"FIELD": "TEXT"}` to an address.
    case webhook(url: EnvironmentValue, field: String, headers: [String: EnvironmentValue])
    /// A command that reads the text from standard input.
    case command([String])

    /// Posts the text as JSON: `{"text": "…"}`, which Slack and Mattermost understand.
    ///
    /// - Parameters:
    ///   - url: the address, or a ``Secret``: who knows it may post.
    ///   - field: the name of the text in the JSON. Default: `text`; Discord wants `content`.
    ///   - headers: more headers; values may be a ``Secret``. Default: none.
    public static func webhook(
      _ url: any EnvironmentConvertible, field: String = "text",
      headers: [String: any EnvironmentConvertible] = [:]
    ) -> Channel {
      .webhook(
        url: url.environmentValue, field: field, headers: headers.environmentValues)
    }

    /// Gives the text to a command: on its standard input, and in `BGRUN_MESSAGE`; argv, no shell.
    public static func command(_ argv: String...) -> Channel { .command(argv) }
  }

  /// How people are told.
  public var channel: Channel
  /// What they are told; `nil` is how the deploy stands.
  public var text: String?

  /// Tells people.
  ///
  /// - Parameters:
  ///   - channel: how they are told.
  ///   - text: what they are told. Default: the application and what serves, and after a failure
  ///     also what failed and how the run ended.
  public init(_ channel: Channel, _ text: String? = nil) {
    self.channel = channel
    self.text = text
  }

  /// `notify`.
  public var action: Action { .notify(self) }
}

extension Notify {
  var particulars: [String: String] {
    var texts: [String: String]
    switch channel {
    case .webhook(let url, let field, let headers):
      texts = ["webhook": url.description, "field": field]
      for (name, value) in headers { texts["header.\(name)"] = value.description }
    case .command(let argv): texts = ["argv": argv.joined(separator: " ")]
    }
    texts["text"] = text
    return texts
  }
}
