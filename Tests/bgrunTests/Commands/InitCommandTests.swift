import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun init")
  struct Initialize {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("writes a plan that deploys, as Compose says, and never writes over one")
    func first() async throws {
      try bench.write("shop/compose.yaml", "services: {}\n")
      // A machine without Docker runs this test as well: this one stands in for its CLI.
      let docker = try bench.write(
        "bin/docker",
        """
        #!/bin/sh
        [ "$*" = "compose config --format json" ] || exit 1
        echo '{"name": "shop", "services": {"web-blue": {"expose": ["80"]}, "web-green": {}, "nginx-proxy": {}}}'

        """)
      try #require(chmod(docker.path, 0o755) == 0)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let environment = ["PATH": "\(docker.deletingLastPathComponent().path):\(path)"]
      let ending = try await bench.bgrun("init", "shop", environment: environment)
      #expect(ending.status == 0, "\(ending)")
      #expect(
        ending.output == """
          wrote shop/Plans/web.swift
          note: no site file with a source for blue and one for green was found in what nginx-proxy \
          mounts; the plan takes nginx/service.conf: say it with Deploy(…, site:)
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
      let again = try await bench.bgrun("init", "shop", environment: environment)
      #expect(again.status == 2)
      #expect(
        again.errors == "bgrun: shop/Plans/web.swift is there already, and stays as it is; open it "
          + "with bgrun edit shop/Plans/web.swift\n")
      let plan = bench.folder.appendingPathComponent("shop/Plans/web.swift")
      #expect(try String(contentsOf: plan, encoding: .utf8) == "mine")
    }

    @Test("without Compose it takes the folder's name, and says why")
    func unread() async throws {
      try bench.write("shop/compose.yaml", "services: {}\n")
      let ending = try await bench.bgrun("init", "shop", environment: ["PATH": "/nowhere"])
      #expect(
        ending.output.hasPrefix(
          "wrote shop/Plans/shop.swift\nnote: the Compose project could not be read, so nothing is "
            + "taken from it: "), "\(ending)")
    }

    @Test("takes the folder's name where no Compose file says another")
    func folder() async throws {
      let folder = bench.folder.appendingPathComponent("My Shöp 2")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let ending = try await bench.bgrun("init", in: folder)
      #expect(
        ending.output.hasPrefix(
          "wrote Plans/my-sh-p-2.swift\nnote: there is no Compose file in this folder yet\n"),
        "\(ending)")
      #expect(try await bench.bgrun("check", "Plans/my-sh-p-2.swift", in: folder).status == 0)
    }
  }
}
