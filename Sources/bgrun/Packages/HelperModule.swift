import DeployRunner

/// The module `PlanSteps`: the files of `Steps/` beside a plan, compiled once for all plans there.
struct HelperModule {
  private static let format = "1"

  let files: [PlanSources.HelperFile]
  let workshop: ToolchainRunner
  /// The modules of packages that the files may import, and what finds them.
  private let modules: [String]
  private let imports: [String]
  /// The folder that modules are kept in.
  let root: String
  /// Changes with everything that the module is made of.
  let identity: String

  init(
    _ files: [PlanSources.HelperFile], in root: String, workshop: ToolchainRunner,
    packages: PlanDependencies
  ) {
    self.files = files
    self.root = root
    modules = packages.modules
    imports = packages.imports
    self.workshop = workshop
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: workshop.toolchain.identity)
    hash.update(field: workshop.installation.moduleIdentity)
    hash.update(field: packages.identity)
    for file in files {
      hash.update(field: file.path)
      hash.update(field: String(decoding: file.bytes, as: UTF8.self))
    }
    identity = hash.hex()
  }

  /// What the compiler of a plan is told.
  var flags: [String] { ["-I", folder, "\(folder)/\(PlanSources.helperModule).o"] }

  private var folder: String { "\(root)/\(identity)" }

  /// Makes the module, unless it is there.
  ///
  /// - Throws: the compiler's own words, if it refuses.
  func prepare(for plan: PlanFile, isColored: Bool) throws(ToolError) {
    guard !isWhole(folder) else { return }
    let draft = "\(folder).\(getpid()).tmp"
    defer { Files.removeTree(draft) }
    guard Files.makeFolder(draft) else {
      throw ToolError("\(draft) cannot be written", code: .environment)
    }
    let ending = try workshop.compile(arguments(into: draft, isColored: isColored))
    let text = CompilerText(plan.naming(ending.text), modules: modules)
    guard ending.status == 0 else {
      throw text.refusal(of: plan.naming("\(plan.folder)/Steps"), status: ending.status)
    }
    let warnings = text.withHints
    if !warnings.isEmpty { workshop.output.complain(warnings) }
    for file in files {
      try PlanFile.checkUnchanged(file.path, file.bytes, named: plan.naming(file.path))
    }
    if rename(draft, folder) != 0, !isWhole(folder) {
      // A partial directory, which was being removed when its process ended.
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

  private func arguments(into folder: String, isColored: Bool) -> [String] {
    let name = PlanSources.helperModule
    return HelperModule.languageFlags(workshop.installation) + [
      "-gline-tables-only", "-wmo", "-emit-module",
      "-emit-module-path", "\(folder)/\(name).swiftmodule", "-emit-object",
      "-o", "\(folder)/\(name).o",
    ] + (isColored ? ["-color-diagnostics"] : []) + imports
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
