import DeployDSL
import Testing

extension Deploy {
  /// The diagnostics as they are shown, the plan's first line counted as 1 of `plan.swift`.
  var mistakes: String {
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

  /// A good plan with one more step in its line 7, the one that may be wrong.
  static func with(
    _ step: any Step, environment: [String: any EnvironmentConvertible] = [:]
  ) -> Deploy {
    Deploy("app", environment: environment, file: "plan.swift", line: 1, column: 1) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      if let reload = step as? Reload {
        Steps([reload], file: "plan.swift", line: 7, column: 3)
      } else {
        Reload()
        Steps([step], file: "plan.swift", line: 7, column: 3)
      }
    }
  }
}

/// A plan and what is said about it.
struct PlanCase: Sendable, CustomTestStringConvertible {
  var name: String
  var plan: Deploy
  var mistakes: String

  init(_ name: String, _ mistakes: String, plan: Deploy) {
    self.name = name
    self.mistakes = mistakes
    self.plan = plan
  }

  /// A good plan with one wrong step in line 7.
  init(_ step: any Step, _ mistake: String) {
    self.init("\(step)", "plan.swift:7:3: error: " + mistake, plan: .with(step))
  }

  /// A zero byte would end the line that shows it.
  var testDescription: String { name.replacing("\0", with: "\\0") }
}
