/// A value that a command finds in its environment.
public enum EnvironmentValue: Hashable, Sendable {
  /// A text that may be shown.
  case text(String)
  /// A secret, read when a command first needs it.
  case secret(Secret)
  /// A secret that has been read.
  case revealed(Revealed)
  /// A text with secrets in it.
  case joined(Joined)

  /// Texts and secrets one after the other; within quotes for a program that understands `\"`.
  public struct Joined: Hashable, Sendable {
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
  public struct Revealed: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let value: String

    package init(_ value: String) { self.value = value }

    /// Dots.
    public var description: String { Secret.dots }

    /// Nothing: a dump shows no value either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
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
  public func encode(to encoder: any Encoder) throws {
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
  public var description: String {
    switch self {
    case .text(let text): text
    case .secret, .revealed: Secret.dots
    case .joined(let joined): joined.parts.map(\.description).joined()
    }
  }
}

/// What may stand for an environment variable's value in a plan: a text, a number, a parameter, a
/// secret.
public protocol EnvironmentConvertible: Sendable {
  /// The value to put into the environment.
  var environmentValue: EnvironmentValue { get }
}

extension [String: any EnvironmentConvertible] {
  /// What its values stand for. Most are empty, and to map nothing costs a plan's start as well.
  var environmentValues: [String: EnvironmentValue] {
    isEmpty ? [:] : mapValues(\.environmentValue)
  }
}

extension String: EnvironmentConvertible {
  /// The text itself.
  public var environmentValue: EnvironmentValue { .text(self) }
}

extension Int: EnvironmentConvertible {
  /// The number in decimal digits.
  public var environmentValue: EnvironmentValue { .text(String(self)) }
}

extension EnvironmentValue: EnvironmentConvertible {
  /// The value itself.
  public var environmentValue: EnvironmentValue { self }
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
