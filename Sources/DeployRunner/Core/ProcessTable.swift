/// A container's processes as the host sees them.
package struct ProcessTable: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var pid: Int
    /// `nil` if it was not understood.
    package var age: Duration?
    package var command: String

    package init(pid: Int, age: Duration?, command: String) {
      (self.pid, self.age, self.command) = (pid, age, command)
    }
  }

  package var rows: [Row]
  /// Whether no process is left out and no line was cut off.
  package var isWhole: Bool

  package init(_ rows: [Row] = [], isWhole: Bool = true) {
    self.rows = rows
    self.isWhole = isWhole
  }
}
