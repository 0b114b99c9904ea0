import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun init")
  struct Initialize {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("writes a plan that deploys, named as the Compose file says, and never writes over one")
    func first() async throws {
      try bench.write("shop/compose.yaml", "services:\n  web-blue:\n    image: web\n")
      let ending = try await bench.bgrun("init", "shop")
      #expect(ending.status == 0, "\(ending)")
      #expect(
        ending.output == """
          wrote shop/Plans/web.swift
          wrote shop/Plans/.gitignore
          wrote shop/Plans/compile_commands.json, for editors that speak to sourcekit-lsp

          next:
            bgrun edit shop/Plans/web.swift
            bgrun shop/Plans/web.swift --executor mock   deploys on a simulated host
            bgrun shop/Plans/web.swift --dry-run         shows every command, changes nothing
            bgrun shop/Plans/web.swift                   deploys

          """)
      let run = try await bench.bgrun("shop/Plans/web.swift", "--executor", "mock")
      #expect(run.status == 0, "\(run)")
      #expect(run.output.contains("web-green serves now"))

      try bench.write("shop/Plans/web.swift", "mine")
      let again = try await bench.bgrun("init", "shop")
      #expect(again.status == 2)
      #expect(
        again.errors == "bgrun: shop/Plans/web.swift is there already, and stays as it is; open it "
          + "with bgrun edit shop/Plans/web.swift\n")
      let plan = bench.folder.appendingPathComponent("shop/Plans/web.swift")
      #expect(try String(contentsOf: plan, encoding: .utf8) == "mine")
    }

    @Test("takes the folder's name where no Compose file says another")
    func folder() async throws {
      let folder = bench.folder.appendingPathComponent("My Shöp 2")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let ending = try await bench.bgrun("init", in: folder)
      #expect(ending.output.hasPrefix("wrote Plans/my-sh-p-2.swift\n"), "\(ending)")
      #expect(try await bench.bgrun("check", "Plans/my-sh-p-2.swift", in: folder).status == 0)
    }
  }
}
