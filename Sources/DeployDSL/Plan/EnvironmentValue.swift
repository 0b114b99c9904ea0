/// A value that a command finds in its environment.
public enum EnvironmentValue: Hashable, Sendable {
  /// A text that may be shown.
  case text(String)

  /// The value as the command sees it.
  package var text: String {
    switch self {
    case .text(let text): text
    }
  }
}

/// What may stand for an environment variable's value in a plan: a text, a number, a parameter.
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

extension EnvironmentValue: CustomStringConvertible {
  /// The value as it may be shown.
  public var description: String {
    switch self {
    case .text(let text): text
    }
  }
}
