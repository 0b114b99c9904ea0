/// A value that a command finds in its environment.
package enum EnvironmentValue: Hashable, Sendable {
  /// A text that may be shown.
  case text(String)
  /// A secret, read when a command first needs it.
  case secret(Secret)
  /// A secret that has been read.
  case revealed(Revealed)
  /// A text with secrets in it.
  case joined(Joined)

  /// Texts and secrets one after the other; within quotes for a program that understands `\"`.
  package struct Joined: Hashable, Sendable {
    package let parts: [EnvironmentValue]
    package let escape: Escape

    /// How secrets must be written so that they stay one word.
    package enum Escape: Hashable, Sendable {
      /// As they are.
      case none
      /// As in a quoted text of curl's configuration.
      case curl
    }

    package init(_ parts: [EnvironmentValue], escape: Escape = .none) {
      self.parts = parts
      self.escape = escape
    }
  }

  /// A secret's value, which nothing prints.
  package struct Revealed: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let value: String

    package init(_ value: String) { self.value = value }

    /// Dots.
    package var description: String { Secret.dots }

    /// Nothing: a dump shows no value either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
  }

  /// The value as the command sees it; a secret that has not been read is empty.
  package var text: String {
    switch self {
    case .text(let text): text
    case .secret: ""
    case .revealed(let secret): secret.value
    case .joined(let joined): joined.parts.map(\.text).joined()
    }
  }
}

extension EnvironmentValue: Encodable {
  private enum CodingKeys: CodingKey { case secret, joined, escape }

  /// Encodes a text as it is, and a secret by where it comes from: never its value.
  ///
  /// - Throws: what the encoder throws.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .text(let text): try text.encode(to: encoder)
    case .revealed: try Secret.dots.encode(to: encoder)
    case .secret(let secret):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(secret.source, forKey: .secret)
    case .joined(let joined):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(joined.parts, forKey: .joined)
      try container.encode(joined.escape == .curl, forKey: .escape)
    }
  }
}

extension EnvironmentValue: CustomStringConvertible {
  /// The value as it may be shown: secrets are dots.
  package var description: String {
    switch self {
    case .text(let text): text
    case .secret, .revealed: Secret.dots
    case .joined(let joined): joined.parts.map(\.description).joined()
    }
  }
}

/// What may stand for an environment variable's value in a plan: a text, a number, a ``Parameter``, a
/// ``Secret``.
///
/// A type of your own that conforms stands for its `description`.
public protocol EnvironmentConvertible: CustomStringConvertible, Sendable {}

extension String: EnvironmentConvertible {}
extension Int: EnvironmentConvertible {}
extension Parameter: EnvironmentConvertible {}
extension Secret: EnvironmentConvertible {}
extension EnvironmentValue: EnvironmentConvertible {}

extension EnvironmentValue {
  /// What a value of a plan stands for.
  package init(_ value: any EnvironmentConvertible) {
    self =
      switch value {
      case let value as EnvironmentValue: value
      case let secret as Secret: .secret(secret)
      default: .text(value.description)
      }
  }
}

extension [String: any EnvironmentConvertible] {
  /// What its values stand for. Most are empty, and to map nothing costs a plan's start as well.
  var environmentValues: [String: EnvironmentValue] {
    isEmpty ? [:] : mapValues { EnvironmentValue($0) }
  }
}

extension EnvironmentValue {
  /// The secrets in it.
  package var secrets: [Secret] {
    switch self {
    case .text, .revealed: []
    case .secret(let secret): [secret]
    case .joined(let joined): joined.parts.flatMap(\.secrets)
    }
  }
}

extension String {
  /// The text as it stands between quotes in curl's configuration.
  package var escapedForCurl: String {
    unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"": "\\\""
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: String(scalar)
      }
    }.joined()
  }
}
