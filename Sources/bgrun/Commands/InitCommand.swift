import DeployDSL
import DeployRunner

/// `bgrun init [FOLDER]`: a first plan for the project in a folder, and help for editors.
struct InitCommand: ToolCommand {
  let name = "init"
  let summary = "write a first plan, and what editors need"
  let arguments = "[FOLDER]"

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard options.words.count <= 1 else {
      throw ToolError("one folder at a time, not \(options.words.joined(separator: " "))")
    }
    let project = PlanFolder(options.words.first ?? ".")
    let plans = PlanFolder(project.path(of: "Plans"))
    let layout = await layout(of: project.typed)
    let plan = plans.path(of: "\(layout.name).swift")
    guard !Files.exists(plan) else {
      throw ToolError(
        "\(plan) is there already, and stays as it is", fix: "open it with bgrun edit \(plan)")
    }
    let setup = CompilationDatabase(
      folder: plans.typed, toolchain: try Toolchain.find(), installation: try Installation.find())
    guard Files.makeFolder(plans.typed, mode: 0o777),
      Files.create(plan, with: PlanTemplate(layout: layout).text)
    else { throw ToolError("\(plan) cannot be written", code: .environment) }
    output.write("wrote \(plan)\n" + layout.notes.map { "note: \($0)\n" }.joined())
    // The file names folders of this machine, which are of no use to others.
    let ignored = plans.path(of: ".gitignore")
    if !Files.exists(ignored), Files.create(ignored, with: "\(CompilationDatabase.name)\n") {
      output.write("wrote \(ignored)\n")
    }
    do {
      try setup.write()
      output.write("wrote \(setup.path), for editors that speak to sourcekit-lsp\n")
    } catch {
      output.complain(error.text)
    }
    output.write(
      """

      next:
        bgrun edit \(plan)
        bgrun \(plan) --executor mock   deploys on a simulated host
        bgrun \(plan) --dry-run         shows every command, changes nothing
        bgrun \(plan)                   deploys

      """)
    return ExitCode.done.rawValue
  }

  /// What the folder's Compose project shows; what plans take for granted if it cannot be read.
  private func layout(of folder: String) async -> ProjectScan {
    let name = Self.name(for: folder)
    guard ProjectFolder.isProject(folder) else {
      var layout = ProjectScan(named: name)
      let place = folder == "." ? "this folder" : folder
      layout.notes.append("there is no Compose file in \(place) yet")
      return layout
    }
    let runner = Deployer(executor: .docker(project: Paths.absolute(folder)))
    let usual = Deploy(name) { DetectActive() }.application
    do {
      return ProjectScan(of: try await runner.composeProject(of: usual), in: folder)
    } catch {
      var layout = ProjectScan(named: name)
      layout.notes.append(
        "the Compose project could not be read, so nothing is taken from it: \(error)")
      return layout
    }
  }

  /// An application's name from its folder's, of the letters that a service's name may have.
  private static func name(for folder: String) -> String {
    let path = Paths.tidy(Paths.absolute(folder))
    let letters = (path.split(separator: "/").last ?? "").lowercased().map { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber) || letter == "_" ? letter : "-"
    }
    let name = String(letters).split(separator: "-").joined(separator: "-")
    return name.isEmpty ? "app" : name
  }
}
