/// A value that the user can set when running a plan: `bgrun PLAN --set version=12.4`.
///
/// ```swift
/// let version = Parameter("version", default: "12.3", help: "a tag of grafana/grafana")
/// let stage = Parameter("stage", default: "test", allowed: ["test", "live"])
/// Deploy("grafana") { Up(.target, environment: ["GRAFANA_VERSION": version]) … }
/// ```
public struct Parameter<Value: LosslessStringConvertible & Sendable>: Sendable,
  CustomStringConvertible
{
  /// The name, as written after `--set`.
  package let name: String
  /// The value that was set, else the default.
  public let value: Value

  /// Declares an optional parameter.
  ///
  /// If the text is not a valid `Value`, the run does not start, and the error shows this line.
  ///
  /// - Parameters:
  ///   - name: the name, as written after `--set`.
  ///   - default: the value if it is not set.
  ///   - help: what it is for, for `bgrun help PLAN.swift`. Default: nothing.
  ///   - allowed: the values that it may have. Default: any.
  ///   - file: the file to report issues in. Default: this one.
  ///   - line: the line to report them at. Default: this one.
  ///   - column: the column to report them at. Default: this one.
  public init(
    _ name: String, default: Value, help: String? = nil, allowed: [Value] = [],
    file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    self.name = name
    value = PlanSession.parameter(
      PlanSession.Declaration(
        name: name, defaultText: `default`.description, help: help,
        allowed: allowed.map(\.description),
        location: SourceLocation(file: file, line: line, column: column)),
      default: `default`)
  }

  /// The value as text, for use in string interpolation.
  public var description: String { value.description }
}

extension Parameter where Value == String {
  /// Declares a required parameter; without it a run does not start.
  ///
  /// Only a run needs it: `bgrun status`, `rollback`, `resume` and the other commands use the last
  /// run's value, or a placeholder if there was none. Outside a plan file it cannot be set, and a
  /// plan that uses it is invalid.
  ///
  /// - Parameters:
  ///   - name: the name, as written after `--set`.
  ///   - help: what it is for, for `bgrun help PLAN.swift`. Default: nothing.
  ///   - allowed: the values that it may have. Default: any.
  ///   - file: the file to report issues in. Default: this one.
  ///   - line: the line to report them at. Default: this one.
  ///   - column: the column to report them at. Default: this one.
  public init(
    required name: String, help: String? = nil, allowed: [String] = [],
    file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    self.name = name
    value =
      PlanSession.parameter(
        PlanSession.Declaration(
          name: name, help: help, allowed: allowed,
          location: SourceLocation(file: file, line: line, column: column))) ?? ""
  }
}
