/// Notifies users about the deploy: in a chat, or by a command.
///
/// ```swift
/// Notify(.webhook(Secret("SLACK_URL")), "grafana has been switched")
/// ```
/// A notification that cannot be sent is a warning and does not fail the deploy, unless
/// `.onFailure(…)` on the step itself specifies otherwise. It is allowed in `onFailure { }` and in
/// `.undo { }`.
public struct Notify: BuiltInStep {
  /// The channel of the notification.
  public struct Channel: Hashable, Sendable, Encodable {
    package enum Kind: Hashable, Sendable, Encodable {
      /// A POST of `{"FIELD": "TEXT"}` to an address.
      case webhook(url: EnvironmentValue, field: String, headers: [String: EnvironmentValue])
      /// A command that reads the text from standard input.
      case command([String])
    }

    package let kind: Kind

    /// Posts the text as JSON: `{"text": "…"}`, which Slack and Mattermost understand.
    ///
    /// - Parameters:
    ///   - url: the address, or a ``Secret``, because anyone who knows it may post.
    ///   - field: the name of the text in the JSON. Default: `text`; Discord wants `content`.
    ///   - headers: more headers; values may be a ``Secret``. Default: none.
    public static func webhook(
      _ url: any EnvironmentConvertible, field: String = "text",
      headers: [String: any EnvironmentConvertible] = [:]
    ) -> Channel {
      Channel(
        kind: .webhook(
          url: EnvironmentValue(url), field: field, headers: headers.environmentValues))
    }

    /// Gives the text to a command: on its standard input, and in `BGRUN_MESSAGE`; argv, no shell.
    public static func command(_ argv: String...) -> Channel { Channel(kind: .command(argv)) }
  }

  /// The channel of the notification.
  package var channel: Channel
  /// The text; `nil` for the state of the deploy.
  package var text: String?

  /// Notifies users.
  ///
  /// - Parameters:
  ///   - channel: the channel.
  ///   - text: the text. Default: the application and its active service, and after a failure also
  ///     the failure and the outcome.
  public init(_ channel: Channel, _ text: String? = nil) {
    self.channel = channel
    self.text = text
  }
}

extension Notify {
  package var kind: String { "notify" }
  package var particulars: [String: String] {
    var texts: [String: String]
    switch channel.kind {
    case .webhook(let url, let field, let headers):
      texts = ["webhook": url.description, "field": field].adding(headers, as: "header")
    case .command(let argv): texts = ["argv": argv.joined(separator: " ")]
    }
    texts["text"] = text
    return texts
  }
  package func highlights(in application: Application) -> [String] {
    switch channel.kind {
    case .webhook: ["webhook"]
    case .command(let argv): [argv.joined(separator: " ")]
    }
  }
  package var traits: StepTraits { [.beside, .failureWarns, .keptOnResume] }
  package var sent: [EnvironmentValue] {
    guard case .webhook(let url, _, let headers) = channel.kind else { return [] }
    return [url] + headers.sorted { $0.key < $1.key }.map(\.value)
  }
  package var texts: [String] {
    let argv = if case .command(let argv) = channel.kind { argv } else { [String]() }
    return argv + [text].compactMap(\.self)
  }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    switch channel.kind {
    case .command(let argv): return ValidationIssue.ofArgv(argv, "Notify")
    case .webhook(let url, let field, let headers):
      let name = ValidationIssue("Notify's field is empty", fix: "name it, for example \"text\"")
      return [ValidationIssue.ofURL(url, "Notify")] + ValidationIssue.ofHeaders(headers)
        + [field.isEmpty ? name : nil]
    }
  }
}
