public import DeployDSL

/// Tells a chat what happens, by a POST to a webhook whose address is a secret.
///
/// ```swift
/// ChatMessage("a deploy of grafana begins", to: Secret("CHAT_WEBHOOK"))
/// ChatMessage(to: .file("secrets/chat-webhook")) { "\(try $0.service(.target)) serves now" }
/// ```
/// Who has such an address can write to the chat, so it must not be on a command line, where every
/// user of the machine sees it: wget reads it from standard input. The body is
/// `{"text": "…"}`, which Slack, Mattermost, Rocket.Chat and Google Chat understand.
///
/// A chat that cannot be reached is logged and does not end the deploy.
public struct ChatMessage: PrimitiveStep {
  let webhook: Secret
  let isRequired: Bool
  let text: @Sendable (StepContext) throws -> String

  /// Tells a chat something that is known when the plan is written.
  ///
  /// - Parameters:
  ///   - text: the message.
  ///   - webhook: the address to post to.
  ///   - isRequired: whether the deploy ends if the chat cannot be told. Default: no.
  public init(_ text: String, to webhook: Secret, isRequired: Bool = false) {
    self.init(to: webhook, isRequired: isRequired) { _ in text }
  }

  /// Tells a chat something that is known when the plan runs, for example a role's service.
  ///
  /// - Parameters:
  ///   - webhook: the address to post to.
  ///   - isRequired: whether the deploy ends if the chat cannot be told. Default: no.
  ///   - text: makes the message.
  public init(
    to webhook: Secret, isRequired: Bool = false,
    text: @escaping @Sendable (StepContext) throws -> String
  ) {
    self.webhook = webhook
    self.isRequired = isRequired
    self.text = text
  }

  /// `Tell the chat`.
  public var summary: String { "Tell the chat" }

  /// Posts the message.
  public func run(in context: StepContext) async throws {
    let body = "{\"text\": \(try text(context).asJSON)}"
    do {
      try await context.run(
        "wget", "--quiet", "--tries=1", "--timeout=10", "--output-document=/dev/null",
        "--header=Content-Type: application/json", "--post-data=\(body)", "--input-file=-",
        input: webhook)
    } catch {
      try Task.checkCancellation()
      if isRequired { throw error }
      context.log("the chat was not told: \(error)")
    }
  }
}

extension String {
  /// The text as JSON writes it, quotes included.
  var asJSON: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
