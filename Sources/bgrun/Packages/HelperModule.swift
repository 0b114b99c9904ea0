import DeployRunner

/// The module `PlanSteps`: the files of `Steps/` beside a plan, compiled once for all plans there.
struct HelperModule {
  private static let format = "1"

  let files: [PlanSources.HelperFile]
  let workshop: ToolchainRunner
  /// What the packages add to the command line.
  let packages: StepPackages.Built?
  /// The modules that the packages offer.
  var modules: [String] = []
  /// Changes with everything that the module is made of.
  let identity: String

  init(
    _ files: [PlanSources.HelperFile], workshop: ToolchainRunner, packages: StepPackages.Built?
  ) {
    self.files = files
    self.workshop = workshop
    self.packages = packages
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: workshop.toolchain.identity)
    hash.update(field: workshop.installation.moduleIdentity)
    hash.update(field: packages?.identity ?? "")
    for file in files {
      hash.update(field: file.path)
      hash.update(field: String(decoding: file.bytes, as: UTF8.self))
    }
    identity = hash.hex()
  }

  /// What the compiler of a plan is told, once the module is in a folder.
  func flags(in root: String) -> [String] {
    let folder = folder(in: root)
    return ["-I", folder, "\(folder)/\(PlanSources.helperModule).o"]
  }

  private func folder(in root: String) -> String { "\(root)/\(identity)" }

  /// Makes the module, unless it is there.
  ///
  /// - Parameter root: the folder that modules are kept in.
  /// - Throws: the compiler's own words, if it refuses.
  func prepare(for plan: PlanFile, in root: String, isColored: Bool) throws(ToolError) {
    let folder = folder(in: root)
    guard !isWhole(folder) else { return }
    let draft = "\(folder).\(getpid()).tmp"
    defer { Files.removeTree(draft) }
    guard Files.makeFolder(draft) else {
      throw ToolError("\(draft) cannot be written", code: .environment)
    }
    let ending = try workshop.compile(arguments(into: draft, isColored: isColored))
    let text = CompilerText(plan.naming(ending.text), modules: modules)
    guard ending.status == 0 else {
      throw text.refusal(of: "\(plan.naming(Self.place(of: plan)))", status: ending.status)
    }
    let warnings = text.withHints
    if !warnings.isEmpty { workshop.output.complain(warnings) }
    for file in files {
      try PlanFile.checkUnchanged(file.path, file.bytes, named: plan.naming(file.path))
    }
    if rename(draft, folder) != 0, !isWhole(folder) {
      // The ruin of one that somebody was removing when his process ended.
      Files.removeTree(folder)
      _ = rename(draft, folder)
    }
    // Whoever comes second finds the same content there.
    guard isWhole(folder) else {
      throw ToolError("\(folder) cannot be written", code: .environment)
    }
    Files.removeOldest(in: root, keeping: 32) { name in
      let stem = name.prefix { $0 != "." }
      return stem.count == identity.count && stem.allSatisfy(\.isHexDigit)
    }
  }

  private func isWhole(_ folder: String) -> Bool {
    let files = ["o", "swiftmodule"].map { "\(folder)/\(PlanSources.helperModule).\($0)" }
    return files.allSatisfy(Files.isFile)
  }

  private static func place(of plan: PlanFile) -> String { "\(plan.folder)/Steps" }

  private func arguments(into folder: String, isColored: Bool) -> [String] {
    let name = PlanSources.helperModule
    return HelperModule.languageFlags(workshop.installation) + [
      "-gline-tables-only", "-wmo", "-emit-module",
      "-emit-module-path", "\(folder)/\(name).swiftmodule", "-emit-object",
      "-o", "\(folder)/\(name).o",
    ] + (isColored ? ["-color-diagnostics"] : []) + CompilerFlags(packages?.flags ?? []).imports
      + files.map(\.path)
  }

  /// What makes the files a module, for the compiler and for editors.
  static func languageFlags(_ installation: Installation) -> [String] {
    [
      "-swift-version", "6", "-module-name", PlanSources.helperModule, "-parse-as-library",
      "-I", installation.modules,
    ]
  }
}
