/// Where this bgrun lies, and with it the module that plans import.
struct Installation {
  /// The program's file.
  let program: String
  /// The folder that holds `DeployDSL.swiftmodule`.
  let modules: String

  /// The module that plans import.
  var module: String { "\(modules)/DeployDSL.swiftmodule" }

  /// What changes when the words of plans do.
  var moduleIdentity: String { "\(module) \(Files.status(module)?.identity ?? "")" }

  /// What changes when bgrun is built anew.
  var identity: String { "\(program) \(Files.status(program)?.identity ?? "")" }

  /// Finds the module: under the prefix of an installed bgrun, or in the build folder it lies in.
  static func find() throws(ToolError) -> Installation {
    guard let program = Paths.executable, let folder = Paths.parent(of: program) else {
      throw ToolError("cannot tell where bgrun itself lies", code: .environment)
    }
    let prefix = Paths.parent(of: folder) ?? "/"
    let candidates = ["\(prefix)/lib/bgrun/modules", "\(folder)/Modules", folder]
    let found = candidates.first { Files.status("\($0)/DeployDSL.swiftmodule") != nil }
    guard let modules = found else {
      throw ToolError(
        "the module DeployDSL is neither in \(candidates[0]) nor in \(candidates[1])",
        fix: "install bgrun with Scripts/install.sh --prefix \(prefix), not by copying the program",
        code: .environment)
    }
    return Installation(program: program, modules: modules)
  }
}
