/// A container's processes as the host sees them.
package struct ProcessTable: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var pid: Int
    /// `nil` if it was not understood.
    package var age: Duration?
    package var command: String
  }

  package var rows: [Row]
  /// Whether no process is left out and no line was cut off.
  package var isWhole: Bool

  package init(_ rows: [Row] = [], isWhole: Bool = true) {
    self.rows = rows
    self.isWhole = isWhole
  }

  /// Reads what `docker top -o pid,etimes,args` prints.
  package init(top: String) {
    let lines = top.split(whereSeparator: \.isNewline).map { line in
      Row(line.split(separator: " ", maxSplits: 2).map(String.init))
    }
    rows = lines.compactMap(\.self)
    // The first line has the columns' names.
    isWhole = top.hasSuffix("\n") && lines.dropFirst().allSatisfy { $0 != nil }
  }
}

extension ProcessTable.Row {
  /// Reads the columns pid, age in seconds and command line; `nil` for a headline.
  package init?(_ columns: [String]) {
    guard let pid = columns.first.flatMap({ Int($0) }) else { return nil }
    self.pid = pid
    age = columns.count > 2 ? Int64(columns[1]).map { .seconds($0) } : nil
    command = columns.count > 2 ? String(columns[2].drop { $0 == " " }) : ""
  }
}
