import CBgrun
import DeployRunner

/// Where this bgrun is installed, and the module that plans import.
struct Installation {
  /// The program's file.
  let program: String
  /// The folder that holds `DeployDSL.swiftmodule`.
  let modules: String

  /// Whether this bgrun can load the plans that it compiles: not if it is linked statically.
  static var loadsPlans: Bool { cbgrun_is_static() == 0 }

  /// The module that plans import.
  var module: String { "\(modules)/DeployDSL.swiftmodule" }

  /// Changes when the module's interface may have.
  var moduleIdentity: String { "\(module) \(Files.status(module)?.identity ?? "")" }

  /// Changes when bgrun is rebuilt.
  var identity: String { "\(program) \(Files.status(program)?.identity ?? "")" }

  /// Finds the module: under the prefix of an installed bgrun, or in the build folder it lies in.
  static func find() throws(ToolError) -> Installation {
    guard let program = Paths.executable, let folder = Paths.parent(of: program) else {
      throw ToolError("the path of the bgrun program is unknown", code: .environment)
    }
    let prefix = Paths.parent(of: folder) ?? "/"
    let candidates = ["\(prefix)/lib/bgrun/modules", "\(folder)/Modules", folder]
    let found = candidates.first { Files.status("\($0)/DeployDSL.swiftmodule") != nil }
    guard let modules = found else {
      throw ToolError(
        "the module DeployDSL is not in \(candidates[0]) or \(candidates[1])",
        fix: "install bgrun with Scripts/install.sh --prefix \(prefix), not by copying the program",
        code: .environment)
    }
    return Installation(program: program, modules: modules)
  }
}
