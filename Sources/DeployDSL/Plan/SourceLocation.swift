/// A location in a plan's source file.
public struct SourceLocation: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The file's path as passed to the compiler.
  public var file: String
  /// The line, counted from 1.
  public var line: Int
  /// The column, counted from 1.
  public var column: Int

  /// Creates a location from its parts.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The location in the format that editors recognise: `Plans/grafana.swift:7:3`.
  public var description: String { "\(file):\(line):\(column)" }
}
