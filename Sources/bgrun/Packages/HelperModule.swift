import DeployRunner

/// The module `PlanSteps`: the files of `Steps/` beside a plan, compiled once for all plans there.
struct HelperModule {
  private static let format = "1"

  let files: [PlanSources.HelperFile]
  let runner: ToolchainRunner
  /// The modules of packages that the files may import, and the arguments that find them.
  private let modules: [String]
  private let imports: [String]
  /// The folder that modules are cached in.
  let root: String
  /// Changes with everything that the module is built from.
  let identity: String

  init(
    _ files: [PlanSources.HelperFile], in root: String, runner: ToolchainRunner,
    packages: PlanDependencies
  ) {
    self.files = files
    self.root = root
    modules = packages.modules
    imports = packages.imports
    self.runner = runner
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: runner.toolchain.identity)
    hash.update(field: runner.installation.moduleIdentity)
    hash.update(field: packages.identity)
    for file in files {
      hash.update(field: file.path)
      hash.update(field: String(decoding: file.bytes, as: UTF8.self))
    }
    identity = hash.hex()
  }

  /// The arguments for the compiler of a plan.
  var flags: [String] { ["-I", folder, "\(folder)/\(PlanSources.helperModule).o"] }

  private var folder: String { "\(root)/\(identity)" }

  /// Builds the module, unless it exists.
  ///
  /// - Throws: the compiler's errors.
  func prepare(for plan: PlanFile, isColored: Bool) throws(ToolError) {
    guard !isWhole(folder) else { return }
    let draft = "\(folder).\(getpid()).tmp"
    defer { Files.removeTree(draft) }
    guard Files.makeFolder(draft) else {
      throw ToolError("\(draft) cannot be written", code: .environment)
    }
    let ending = try runner.run(
      runner.toolchain.compiler, arguments(into: draft, isColored: isColored))
    let text = CompilerText(plan.naming(ending.text), modules: modules)
    guard ending.status == 0 else {
      throw text.refusal(of: plan.naming("\(plan.folder)/Steps"), status: ending.status)
    }
    let warnings = text.withHints
    if !warnings.isEmpty { runner.output.complain(warnings) }
    for file in files {
      try PlanFile.checkUnchanged(file.path, file.bytes, named: plan.naming(file.path))
    }
    if rename(draft, folder) != 0, !isWhole(folder) {
      // A partial directory: the process that removed it was ended.
      Files.removeTree(folder)
      _ = rename(draft, folder)
    }
    // If another process was faster, the content is the same.
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
    return HelperModule.languageFlags(runner.installation) + [
      "-gline-tables-only", "-wmo", "-emit-module",
      "-emit-module-path", "\(folder)/\(name).swiftmodule", "-emit-object",
      "-o", "\(folder)/\(name).o",
    ] + (isColored ? ["-color-diagnostics"] : []) + imports
      + files.map(\.path)
  }

  /// The arguments that compile the files as a module, for the compiler and for editors.
  static func languageFlags(_ installation: Installation) -> [String] {
    [
      "-swift-version", "6", "-module-name", PlanSources.helperModule, "-parse-as-library",
      "-I", installation.modules,
    ]
  }
}
