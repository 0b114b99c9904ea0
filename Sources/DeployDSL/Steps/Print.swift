/// Adds a line to the run's record.
public struct Print: ActionStep, Hashable {
  /// The line.
  public var message: String

  /// Adds a line to the run's record.
  public init(_ message: String) { self.message = message }

  /// `print`.
  public var action: Action { .print(self) }
}
