import Foundation

/// A bgrun under a prefix, as Scripts/install.sh leaves it.
struct Installed {
  let tool: URL
  let modules: URL

  init(bench: Workbench) throws {
    let prefix = bench.folder.appendingPathComponent("prefix")
    tool = prefix.appendingPathComponent("bin/bgrun")
    modules = prefix.appendingPathComponent("lib/bgrun/modules")
    let files = FileManager.default
    for folder in [tool.deletingLastPathComponent(), modules] {
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let built = try Workbench.tool()
    try files.copyItem(at: built, to: tool)
    let module = "DeployDSL.swiftmodule"
    try files.copyItem(
      at: built.deletingLastPathComponent().appendingPathComponent("Modules/\(module)"),
      to: modules.appendingPathComponent(module))
  }
}
