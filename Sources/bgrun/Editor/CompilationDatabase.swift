import DeployRunner

/// The `compile_commands.json` of a folder of plans, with which SourceKit-LSP completes and checks
/// plans in any editor.
struct CompilationDatabase {
  static let name = "compile_commands.json"

  /// The folder as typed.
  let folder: String
  let toolchain: Toolchain
  let installation: Installation

  var path: String { PlanFolder(folder).path(of: Self.name) }

  private struct Command: Codable {
    var directory: String
    var file: String
    var arguments: [String]

    /// Whether it compiles a plan or its helpers.
    var isOfPlans: Bool {
      zip(arguments, arguments.dropFirst()).contains {
        $0 == "-module-name" && ["Plan", PlanSources.helperModule].contains($1)
      }
    }
  }

  /// Writes it: each plan of the folder, and its helper files. Entries of other plans stay.
  ///
  /// - Parameters:
  ///   - plan: the name of the plan whose imports are known; `nil` if none are.
  ///   - imports: what finds the modules that it imports besides bgrun's.
  /// - Throws: ``ToolError`` if it cannot be written, or if another tool wrote it.
  func write(plan: String? = nil, imports: [String] = []) throws(ToolError) {
    guard !isForeign else {
      throw ToolError(
        "another tool wrote \(path), so it was left unchanged and editors do not know the plans",
        fix: "move the plans to a separate folder")
    }
    let before = Dictionary(known.map { ($0.file, $0) }) { $1 }
    let names = PlanFolder(folder).plans.compactMap { $0.path.split(separator: "/").last }
    let plans = names.map(String.init).map { name in
      let flags = ["-swift-version", "6", "-module-name", "Plan", "-I", installation.modules]
      if name == plan { return command(name, flags + imports, [name]) }
      return before[name] ?? command(name, flags, [name])
    }
    let helpers = PlanSources.helpers(in: "\(directory)/Steps").map(\.path)
    let flags = HelperModule.languageFlags(installation)
    let steps = helpers.map { helper in
      // A plan without imports does not show what the helpers import.
      let before = imports.isEmpty ? before[helper] : nil
      return before ?? command(helper, flags + imports, helpers)
    }
    guard let bytes = try? (plans + steps).jsonBytes(isPretty: true),
      Files.replace(path, with: String(decoding: bytes, as: UTF8.self) + "\n")
    else {
      throw ToolError("\(path) cannot be written", code: .environment)
    }
  }

  /// Updates an existing file: a plan was compiled, maybe with other packages or helpers.
  func refresh(plan: String, imports: [String]) {
    guard !known.isEmpty else { return }
    try? write(plan: plan, imports: imports)
  }

  private var directory: String { Paths.tidy(Paths.absolute(folder)) }

  /// The existing entries; `nil` if bgrun did not write the file.
  private var written: [Command]? {
    guard let bytes = Files.read(path) else { return [] }
    return try? JSONDecoder().decode([Command].self, from: Data(bytes))
  }

  /// Whether the file has entries for anything but plans and their helpers.
  private var isForeign: Bool {
    written?.allSatisfy(\.isOfPlans) != true
  }

  /// The existing entries for this folder and compiler.
  private var known: [Command] {
    (written ?? []).filter { command in
      command.directory == directory && command.arguments.first == toolchain.compiler
        && command.arguments.contains(installation.modules)
    }
  }

  private func command(_ file: String, _ flags: [String], _ files: [String]) -> Command {
    Command(directory: directory, file: file, arguments: [toolchain.compiler] + flags + files)
  }
}
