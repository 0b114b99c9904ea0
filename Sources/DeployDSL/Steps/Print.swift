/// Prints a line in the run's log.
public struct Print: BuiltInStep {
  /// The line.
  package var message: String

  /// Prints a line in the run's log.
  public init(_ message: String) { self.message = message }
}

extension Print {
  package var kind: String { "print" }
  package var particulars: [String: String] { ["message": message] }
  package func highlights(in application: Application) -> [String] { ["\"\(message)\""] }
  package var traits: StepTraits { [.beside, .instant, .tidiesUp, .keptOnResume] }
  package var texts: [String] { [message] }
}
