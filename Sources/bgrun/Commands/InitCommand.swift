import DeployDSL
import DeployRunner

/// `bgrun init [FOLDER]`: a first plan for the project in a folder, and editor support.
struct InitCommand: ToolCommand {
  let name = "init"
  let summary = "write a first plan and set up editors"
  let arguments = "[FOLDER]"

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard options.words.count <= 1 else {
      throw ToolError("expected one folder, got \(options.words.joined(separator: " "))")
    }
    let project = PlanFolder(options.words.first ?? ".")
    let plans = PlanFolder(project.path(of: "Plans"))
    let layout = await layout(of: project.typed)
    let plan = plans.path(of: "\(layout.name).swift")
    guard !Files.exists(plan) else {
      throw ToolError(
        "\(plan) already exists", fix: "edit it: `bgrun edit \(plan)`")
    }
    let setup = CompilationDatabase(
      folder: plans.typed, toolchain: try Toolchain.find(), installation: try Installation.find())
    guard Files.makeFolder(plans.typed, mode: 0o777),
      Files.create(plan, with: Array(PlanTemplate(layout: layout).text.utf8))
    else { throw ToolError("\(plan) cannot be written", code: .environment) }
    output.write("wrote \(plan)\n" + layout.notes.map { "note: \($0)\n" }.joined())
    // The file contains paths of this machine.
    let ignored = plans.path(of: ".gitignore")
    if !Files.exists(ignored),
      Files.create(ignored, with: Array("\(CompilationDatabase.name)\n".utf8))
    {
      output.write("wrote \(ignored)\n")
    }
    do {
      try setup.write()
      output.write("wrote \(setup.path), for editors with SourceKit-LSP support\n")
    } catch {
      output.complain(error.text)
    }
    output.write(
      """

      next:
        bgrun edit \(plan)
        bgrun \(plan) --executor mock   run it on a simulated host
        bgrun \(plan) --dry-run         print every command, change nothing
        bgrun \(plan)                   deploy

      """)
    return ExitCode.done.rawValue
  }

  /// What the folder's Compose project shows; the defaults if it cannot be read.
  private func layout(of folder: String) async -> ProjectScan {
    let name = Self.name(for: folder)
    guard ProjectFolder.isProject(folder) else {
      var layout = ProjectScan(named: name)
      let place = folder == "." ? "this folder" : folder
      layout.notes.append("\(place) has no Compose file yet")
      return layout
    }
    let runner = Deployer(executor: .docker(project: Paths.absolute(folder)))
    let usual = Deploy(name) { DetectActive() }.application
    do {
      return ProjectScan(of: try await runner.composeProject(of: usual), in: folder)
    } catch {
      var layout = ProjectScan(named: name)
      layout.notes.append(
        "the Compose project could not be read, so the plan uses defaults: \(error)")
      return layout
    }
  }

  /// An application name made of the folder's name.
  private static func name(for folder: String) -> String {
    let path = Paths.tidy(Paths.absolute(folder))
    let letters = (path.split(separator: "/").last ?? "").lowercased().map { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber) || letter == "_" ? letter : "-"
    }
    let name = String(letters).split(separator: "-").joined(separator: "-")
    return name.isEmpty ? "app" : name
  }
}
