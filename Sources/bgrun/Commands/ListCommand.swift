import DeployDSL
import DeployRunner

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `bgrun list [FOLDER]`: what there is to deploy. Nothing is compiled or run.
struct ListCommand: ToolCommand {
  let name = "list"
  let summary = "list the plans of a folder; default: Plans, or this one"
  let arguments = "[FOLDER]"
  let options = [CommandOption.format]
  let formats: [Options.Format] = [.human, .json]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let folder = try folder(of: options)
    let toolchain = try Toolchain.find()
    let plans = PlanFolder(folder).plans.map { Summary($0, toolchain) }
    if options.format == .json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      output.write(String(decoding: try encoder.encode(plans), as: UTF8.self) + "\n")
    } else if plans.isEmpty {
      output.complain("bgrun: there is no plan in \(folder); `bgrun init` writes a first one\n")
    } else {
      let width = plans.map(\.file.width).max() ?? 0
      output.write(plans.map { line($0, width: width) }.joined())
    }
    return ExitCode.done.rawValue
  }

  private func folder(of options: Options) throws(ToolError) -> String {
    guard options.words.count <= 1 else {
      throw ToolError("one folder at a time, not \(options.words.joined(separator: " "))")
    }
    guard let folder = options.words.first else { return Files.isFolder("Plans") ? "Plans" : "." }
    guard Files.isFolder(folder) else { throw ToolError("there is no folder \(folder)") }
    return folder
  }

  /// What reading a plan's file tells about it.
  private struct Summary: Encodable {
    /// The file as it was named.
    var file: String
    var applications: [String]
    /// Why the plan cannot be run as it is, as far as reading shows.
    var problems: [String]

    init(_ plan: PlanFile, _ toolchain: Toolchain) {
      file = plan.typed
      applications = SwiftSource(plan.bytes).applications
      problems = applications.isEmpty ? ["declares no Deploy"] : []
      do throws(PlanError) {
        _ = try PlanSources(of: plan, toolchain: toolchain)
      } catch {
        problems += error.diagnostics.map { "line \($0.location.line): \($0.problem)" }
      }
    }
  }

  private func line(_ plan: Summary, width: Int) -> String {
    let names = plan.applications.joined(separator: ", ")
    let problems = plan.problems.map { "! \($0)" }.joined(separator: "; ")
    let parts = [names, problems].filter { !$0.isEmpty }
    return "\(plan.file.padded(toWidth: width))  \(parts.joined(separator: "  "))\n"
  }
}
