/// A value that a command finds in its environment.
public enum EnvironmentValue: Hashable, Sendable {
  /// A text that may be shown.
  case text(String)
  /// A secret, read when a command first needs it.
  case secret(Secret)
  /// A secret that has been read.
  case revealed(Revealed)

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
    }
  }
}

extension EnvironmentValue: CustomStringConvertible {
  /// The value as it may be shown: secrets are dots.
  public var description: String {
    switch self {
    case .text(let text): text
    case .secret, .revealed: Secret.dots
    }
  }
}

/// What may stand for an environment variable's value in a plan: a text, a number, a parameter, a
/// secret.
public protocol EnvironmentConvertible: Sendable {
  /// The value to put into the environment.
  var environmentValue: EnvironmentValue { get }
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
