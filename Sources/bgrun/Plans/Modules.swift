/// Where the compiled module `DeployDSL` lies that belongs to this very tool.
enum Modules {
  /// The folder with `DeployDSL.swiftmodule`: beside the tool in a build folder, under
  /// `lib/bgrun/modules` where it is installed.
  static func folder() throws(ToolError) -> String {
    guard let tool = Paths.executable, let folder = Paths.parent(of: tool) else {
      throw ToolError("bgrun cannot find itself", fix: "start it by its path", code: .environment)
    }
    let candidates = ["\(folder)/Modules", "\(Paths.parent(of: folder) ?? "")/lib/bgrun/modules"]
    for candidate in candidates
    where Files.status("\(candidate)/DeployDSL.swiftmodule") != nil {
      return candidate
    }
    throw ToolError(
      "bgrun's module DeployDSL is not where it should be: neither in \(candidates[0]) nor in "
        + candidates[1],
      fix: "install bgrun with Scripts/install.sh --prefix DIR, not by copying the file",
      code: .environment)
  }
}
