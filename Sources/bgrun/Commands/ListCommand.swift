import DeployDSL
import DeployRunner

/// `bgrun list [FOLDER]`: lists the plans. Nothing is compiled or run.
struct ListCommand: ToolCommand {
  let name = "list"
  let summary = "list the plans of a folder; default: Plans, or this folder"
  let arguments = "[FOLDER]"
  let options = [CommandOption.format]
  let isForSources = true
  let examples = ["bgrun list"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let folder = try folder(of: options)
    let toolchain = Installation.loadsPlans ? try Toolchain.find() : nil
    let plans = PlanFolder(folder).plans.map { Summary($0, toolchain) }
    if options.format == .json {
      output.write(String(decoding: try plans.jsonBytes(isPretty: true), as: UTF8.self) + "\n")
    } else if plans.isEmpty {
      output.complain("bgrun: no plans in \(folder); write one with `bgrun init`\n")
    } else {
      let width = plans.map(\.file.width).max() ?? 0
      output.write(plans.map { line($0, width: width) }.joined())
    }
    return ExitCode.done.rawValue
  }

  private func folder(of options: Options) throws(ToolError) -> String {
    guard let folder = try options.folder() else { return Files.isFolder("Plans") ? "Plans" : "." }
    guard Files.isFolder(folder) else { throw ToolError("the folder \(folder) does not exist") }
    return folder
  }

  /// What the source of a plan shows.
  private struct Summary: Encodable {
    /// The file as typed.
    var file: String
    var applications: [String]
    /// Whether it computes other names, which only the plan itself knows; `nil` if not.
    var computesNames: Bool?
    /// Why the plan cannot run, as far as its source shows; its packages only with a toolchain.
    var problems: [String]
    /// The applications, for people.
    let names: String

    private enum CodingKeys: String, CodingKey {
      case file, applications, computesNames, problems
    }

    init(_ plan: PlanFile, _ toolchain: Toolchain?) {
      let source = SwiftSource(plan.bytes)
      (file, applications, names) = (plan.typed, source.applications, source.applicationsText)
      computesNames = source.computesNames ? true : nil
      problems = source.declarations == 0 ? ["declares no Deploy"] : []
      guard let toolchain else { return }
      do throws(PlanError) {
        _ = try PlanSources(of: plan, toolchain: toolchain)
      } catch {
        problems += error.diagnostics.map { "line \($0.location.line): \($0.problem)" }
      }
    }
  }

  private func line(_ plan: Summary, width: Int) -> String {
    let problems = plan.problems.map { "! \($0)" }.joined(separator: "; ")
    let parts = [plan.names, problems].filter { !$0.isEmpty }
    return "\(plan.file.padded(toWidth: width))  \(parts.joined(separator: "  "))\n"
  }
}
