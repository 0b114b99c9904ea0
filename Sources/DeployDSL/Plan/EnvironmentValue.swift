/// A value in a command's environment.
package enum EnvironmentValue: Hashable, Sendable {
  /// A text that is not secret.
  case text(String)
  /// A secret, read when a command first needs it.
  case secret(Secret)
  /// A secret that has been read.
  case revealed(Revealed)
  /// A text that contains secrets.
  case joined(Joined)

  /// A sequence of texts and secrets, with an optional quoting.
  package struct Joined: Hashable, Sendable {
    package let parts: [EnvironmentValue]
    package let escape: Escape

    /// The quoting of secrets.
    package enum Escape: Hashable, Sendable {
      /// Unquoted.
      case none
      /// As in a quoted string of curl's configuration.
      case curl
    }

    package init(_ parts: [EnvironmentValue], escape: Escape = .none) {
      self.parts = parts
      self.escape = escape
    }
  }

  /// A secret's value, which is never printed.
  package struct Revealed: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let value: String

    package init(_ value: String) { self.value = value }

    /// Dots.
    package var description: String { Secret.dots }

    /// Empty, so that a dump does not show the value either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
  }

  /// The value as passed to the command; empty for a secret that has not been read.
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
  private enum CodingKeys: CodingKey { case secret, from, joined, escape }

  /// Encodes a text as it is, and a secret by its source, never its value.
  ///
  /// - Throws: what the encoder throws.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .text(let text): try text.encode(to: encoder)
    case .revealed: try Secret.dots.encode(to: encoder)
    case .secret(let secret):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(secret.source, forKey: .secret)
      if secret.machine == .host { try container.encode(secret.machine, forKey: .from) }
    case .joined(let joined):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(joined.parts, forKey: .joined)
      try container.encode(joined.escape == .curl, forKey: .escape)
    }
  }
}

extension EnvironmentValue: Decodable {
  /// Decodes what ``encode(to:)`` writes.
  ///
  /// - Throws: what the decoder throws.
  package init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      self = .text(text)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let source = try container.decodeIfPresent(Secret.Source.self, forKey: .secret) {
      let machine = try container.decodeIfPresent(Machine.self, forKey: .from)
      self = .secret(Secret(source, machine ?? .controller))
      return
    }
    self = .joined(
      Joined(
        try container.decode([EnvironmentValue].self, forKey: .joined),
        escape: try container.decode(Bool.self, forKey: .escape) ? .curl : .none))
  }
}

extension EnvironmentValue: CustomStringConvertible {
  /// The value for output, with dots for secrets.
  package var description: String {
    switch self {
    case .text(let text): text
    case .secret, .revealed: Secret.dots
    case .joined(let joined): joined.parts.map(\.description).joined()
    }
  }
}

/// A type that can be an environment variable's value in a plan: a text, a number, a ``Parameter``,
/// a ``Secret``.
///
/// A conforming type of your own provides its `description`.
public protocol EnvironmentConvertible: CustomStringConvertible, Sendable {}

extension String: EnvironmentConvertible {}
extension Int: EnvironmentConvertible {}
extension Parameter: EnvironmentConvertible {}
extension Secret: EnvironmentConvertible {}
extension EnvironmentValue: EnvironmentConvertible {}

extension EnvironmentValue {
  /// The environment value of a plan's value.
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
  /// The environment values. Most dictionaries are empty; returning early speeds up a plan's start.
  var environmentValues: [String: EnvironmentValue] {
    isEmpty ? [:] : mapValues { EnvironmentValue($0) }
  }
}

extension EnvironmentValue {
  /// The secrets that it contains.
  package var secrets: [Secret] {
    switch self {
    case .text, .revealed: []
    case .secret(let secret): [secret]
    case .joined(let joined): joined.parts.flatMap(\.secrets)
    }
  }
}

extension String {
  /// The text escaped for a quoted string of curl's configuration.
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
