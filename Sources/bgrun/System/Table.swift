import DeployRunner

/// Rows of text in columns, below a header.
struct Table {
  let text: String

  init(_ header: [String], _ body: [[String]]) {
    let rows = [header] + body
    let widths = header.indices.map { column in rows.map { $0[column].width }.max() ?? 0 }
    text = rows.map { row in
      let cells = zip(row, widths).map { $0.padded(toWidth: $1) }.joined(separator: "  ")
      return cells.trimmedAtEnd + "\n"
    }.joined()
  }
}
