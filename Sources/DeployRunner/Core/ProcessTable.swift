/// Processes of a container, or of the machine itself, as the host sees them.
package struct ProcessTable: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var pid: Int
    /// `nil` if it could not be parsed.
    package var age: Duration?
    package var command: String

    package init(pid: Int, age: Duration?, command: String) {
      (self.pid, self.age, self.command) = (pid, age, command)
    }
  }

  package var rows: [Row]
  /// Whether no process is missing and no line was truncated.
  package var isWhole: Bool

  package init(_ rows: [Row] = [], isWhole: Bool = true) {
    self.rows = rows
    self.isWhole = isWhole
  }
}
