import Foundation
import Testing

extension ToolTests {
  @Suite("Plans/Package.swift")
  struct PlanPackage {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      _ = try AcmeSteps(on: bench)
      try bench.write("Plans/Steps/Smoke.swift", Helpers.smoke)
      try bench.write("Plans/plain.swift", SamplePlan.grafana)
      try bench.write(
        "Plans/p.swift", AcmeSteps.plan("import PlanSteps\nimport AcmeSteps", "Notify(); Smoke()"))
    }

    private func manifest(products: String) throws {
      try bench.write(
        "Plans/Package.swift",
        """
        // swift-tools-version: 6.1
        import PackageDescription

        let package = Package(
          name: "plans",
          platforms: [.macOS(.v15)],
          products: [\(products)],
          dependencies: [
            .package(path: "../acme-steps"),
            .package(url: "https://bgrun.invalid/bgrun.git", from: "0.1.0"),
          ],
          targets: [
            .target(
              name: "PlanSteps",
              dependencies: [
                .product(name: "AcmeSteps", package: "acme-steps"),
                .product(name: "DeployDSL", package: "bgrun"),
              ],
              path: "Steps")
          ]
        )

        """)
    }

    @Test func `its libraries, and what they depend on, are there for the plans that import them`()
      async throws
    {
      try manifest(products: ".library(name: \"PlanSteps\", targets: [\"PlanSteps\"])")
      let plain = try await bench.bgrun("check", "Plans/plain.swift", "--verbose")
      #expect(plain.status == 0)
      #expect(!plain.errors.contains("Package"), "\(plain)")
      #expect(!FileManager.default.fileExists(atPath: bench.cache.path + "/packages"))

      let run = try await bench.bgrun("Plans/p.swift", "--executor", "mock")
      #expect(run.status == 0, "\(run)")
      #expect(run.output.contains("acme says hello"))
      #expect(run.output.contains("smoke"))

      // Neither another plan nor this one is part of the package.
      try bench.write("Plans/plain.swift", SamplePlan.grafana + "// edited\n")
      let warm = try await bench.bgrun("check", "Plans/p.swift", "--verbose")
      #expect(!warm.errors.contains("bgrun: running "), "\(warm)")
      let list = try await bench.bgrun("list")
      #expect(list.output == "Plans/p.swift      grafana\nPlans/plain.swift  grafana\n")
    }

    @Test func `without a library it says what to add`() async throws {
      try manifest(products: "")
      let ending = try await bench.bgrun("check", "Plans/p.swift", "--verbose")
      #expect(ending.status == 2)
      #expect(
        ending.errors.hasSuffix(
          "bgrun: Plans/Package.swift offers no library for the plans beside it; add products: "
            + "[.library(name: \"…\", targets: [\"…\"])]; nothing was run\n"), "\(ending)")
    }
  }
}
