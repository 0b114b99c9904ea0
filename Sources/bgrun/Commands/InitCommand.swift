/// `bgrun init [FOLDER]`: a first plan for the project in a folder, and help for editors.
struct InitCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard options.words.count <= 1 else {
      throw ToolError("one folder at a time, not \(options.words.joined(separator: " "))")
    }
    let project = PlanFolder(options.words.first ?? ".")
    let plans = PlanFolder(project.path(of: "Plans"))
    let name = FirstPlan.name(for: project.typed)
    let plan = plans.path(of: "\(name).swift")
    guard !Files.exists(plan) else {
      throw ToolError(
        "\(plan) is there already, and stays as it is", fix: "open it with bgrun edit \(plan)")
    }
    guard Files.makeFolder(plans.typed, mode: 0o777),
      Files.create(plan, with: FirstPlan.text(for: name))
    else { throw ToolError("\(plan) cannot be written", code: .environment) }
    output.write("wrote \(plan)\n")
    // The file names folders of this machine, which are of no use to others.
    let ignored = plans.path(of: ".gitignore")
    if !Files.exists(ignored), Files.create(ignored, with: "\(EditorSetup.name)\n") {
      output.write("wrote \(ignored)\n")
    }
    let setup = EditorSetup(
      folder: plans.typed, toolchain: try Toolchain.find(), installation: try Installation.find())
    try setup.write()
    output.write("wrote \(setup.path), for editors that speak to sourcekit-lsp\n")
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
}

/// The plan that `bgrun init` writes.
enum FirstPlan {
  /// The application's name: what has a blue service in the Compose file, else the folder's name.
  static func name(for folder: String) -> String {
    for file in ProjectFolder.composeFiles {
      let bytes = Files.read("\(folder)/\(file)") ?? []
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let key = line.drop { $0 == " " }
        guard key.count < line.count, let end = key.firstRange(of: "-blue:")?.lowerBound else {
          continue
        }
        let name = String(key[..<end])
        if name == clean(name) { return name }
      }
    }
    let path = Paths.tidy(Paths.absolute(folder))
    let name = clean(path.split(separator: "/").last.map(String.init) ?? "")
    return name.isEmpty ? "app" : name
  }

  /// The letters that a service's name may have.
  private static func clean(_ name: String) -> String {
    let letters = name.lowercased().map { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber) || letter == "_" ? letter : "-"
    }
    return String(String(letters).split(separator: "-").joined(separator: "-"))
  }

  static func text(for name: String) -> String {
    """
    import DeployDSL

    // The services \(name)-blue and \(name)-green stand behind the service nginx-proxy.
    Deploy("\(name)", health: "/") {
      DetectActive()
      Pull(.target)
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }

    """
  }
}
