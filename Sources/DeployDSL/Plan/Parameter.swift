/// A value that the person who runs a plan may set: `bgrun PLAN --set version=12.4`.
///
/// ```swift
/// let version = Parameter("version", default: "12.3")
/// Deploy("grafana") { Up(.target, environment: ["GRAFANA_VERSION": version]) … }
/// ```
public struct Parameter<Value: LosslessStringConvertible & Sendable>: Sendable,
  CustomStringConvertible
{
  /// The name, as written after `--set`.
  package let name: String
  /// What was set, else the default.
  public let value: Value

  /// Declares a parameter that may be left out.
  ///
  /// A text that is not a valid `Value` ends the run before it starts, with this declaration's
  /// line.
  ///
  /// - Parameters:
  ///   - name: the name, as written after `--set`.
  ///   - default: the value if it is not set.
  ///   - file: the file that problems are shown in. Default: this one.
  ///   - line: the line that they are shown at. Default: this one.
  ///   - column: the column that they are shown at. Default: this one.
  public init(
    _ name: String, default: Value,
    file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    let location = SourceLocation(file: file, line: line, column: column)
    self.name = name
    value = PlanSession.parameter(name, default: `default`, at: location)
  }

  /// The value as text, so that a parameter can stand inside a string.
  public var description: String { value.description }
}

extension Parameter where Value == String {
  /// Declares a parameter that must be set; a run without it ends before it starts.
  ///
  /// Only a run needs it: `bgrun status`, `rollback`, `resume` and the other commands take the last
  /// run's value, or a placeholder if there was none. Outside a plan file nothing sets it, and a plan
  /// that uses it is invalid.
  ///
  /// - Parameters:
  ///   - name: the name, as written after `--set`.
  ///   - file: the file that problems are shown in. Default: this one.
  ///   - line: the line that they are shown at. Default: this one.
  ///   - column: the column that they are shown at. Default: this one.
  public init(
    required name: String, file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    let location = SourceLocation(file: file, line: line, column: column)
    self.name = name
    value = PlanSession.parameter(name, default: nil, at: location) ?? ""
  }
}
