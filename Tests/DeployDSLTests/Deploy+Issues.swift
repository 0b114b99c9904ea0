import DeployDSL

extension Deploy {
  /// The diagnostics as they are shown, the plan's first line counted as 1 of `plan.swift`.
  var issues: String {
    do throws(PlanError) {
      _ = try graph()
      return ""
    } catch {
      let shown = error.diagnostics.map { diagnostic in
        var copy = diagnostic
        copy.location.file = "plan.swift"
        copy.location.line -= location.line - 1
        return copy.description
      }
      return shown.joined(separator: "\n")
    }
  }

  /// A plan of steps in lines of their own, the first in line 2.
  static func of(
    _ steps: [any Step], environment: [String: any EnvironmentConvertible] = [:],
    onFailure: [any Step]? = nil
  ) -> Deploy {
    Deploy("app", environment: environment, file: "", line: 1, column: 1) {
      for (index, step) in steps.enumerated() {
        Steps([step], file: "", line: index + 2, column: 3)
      }
    } onFailure: {
      if let onFailure { Steps(onFailure, file: "", line: 99, column: 3) }
    }
  }

  /// A good plan with one more step in its line 7, the one that may be wrong.
  static func with(
    _ step: any Step, environment: [String: any EnvironmentConvertible] = [:]
  ) -> Deploy {
    let first: [any Step] = [DetectActive(), Up(.target), Health(), SwapNginx()]
    return .of(first + (step is Reload ? [] : [Reload()]) + [step], environment: environment)
  }
}
