extension ProcessTable {
  /// Parses the output of `docker top -o pid,etimes,args`, or of `ps` with these columns.
  package init(top: String) {
    let lines = top.split(whereSeparator: \.isNewline).map { line in
      Row(line.split(separator: " ", maxSplits: 2).map(String.init))
    }
    rows = lines.compactMap(\.self)
    // The first line is the header.
    isWhole = top.hasSuffix("\n") && lines.dropFirst().allSatisfy { $0 != nil }
  }
}

extension ProcessTable.Row {
  /// Parses the columns PID, age in seconds and command line; `nil` for a header.
  package init?(_ columns: [String]) {
    guard let pid = columns.first.flatMap({ Int($0) }) else { return nil }
    self.pid = pid
    age = columns.count > 2 ? Int64(columns[1]).map { .seconds($0) } : nil
    command = columns.count > 2 ? String(columns[2].drop { $0 == " " }) : ""
  }
}
