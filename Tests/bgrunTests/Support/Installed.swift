import Foundation

/// A bgrun under a prefix, as Scripts/install.sh leaves it.
struct Installed {
  let tool: URL
  let modules: URL

  init(bench: Workbench) async throws {
    let prefix = bench.folder.appendingPathComponent("prefix")
    tool = prefix.appendingPathComponent("bin/bgrun")
    modules = prefix.appendingPathComponent("lib/bgrun/modules")
    let files = FileManager.default
    for folder in [tool.deletingLastPathComponent(), modules] {
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let built = try Workbench.tool()
    // By another process: what this one has open for writing is so, for a moment, in whatever
    // another test starts just then, and the system does not run it ("Text file busy").
    let copying = try await bench.run(["/bin/cp", built.path, tool.path])
    guard copying.status == 0 else { throw Workbench.Failed(description: "\(copying)") }
    let module = "DeployDSL.swiftmodule"
    try files.copyItem(
      at: built.deletingLastPathComponent().appendingPathComponent("Modules/\(module)"),
      to: modules.appendingPathComponent(module))
  }
}
