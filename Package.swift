// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "bgrun",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "DeployDSL", targets: ["DeployDSL"]),
    .library(name: "DeployRunner", targets: ["DeployRunner"]),
    .library(name: "DeploySimulator", targets: ["DeploySimulator"]),
    .library(name: "DeployTesting", targets: ["DeployTesting"]),
    .executable(name: "bgrun", targets: ["bgrun"]),
  ],
  targets: [
    // The words of a plan. Imports nothing but the standard library.
    .target(name: "DeployDSL"),
    // A few system calls that Swift cannot import (variadic or macro-based).
    .target(name: "CBgrun"),
    // libc and FoundationEssentials, by one name everywhere.
    .target(name: "BgrunSystem"),
    // The engine: runs a step graph against an executor.
    .target(name: "DeployRunner", dependencies: ["DeployDSL", "BgrunSystem", "CBgrun"]),
    // A Docker host in memory, and rehearsals on it.
    .target(name: "DeploySimulator", dependencies: ["DeployDSL", "DeployRunner"]),
    // The tool. A compiled plan is loaded into it and finds DeployDSL's symbols in it,
    // which is why the executable exports them.
    .executableTarget(
      name: "bgrun",
      dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator", "BgrunSystem", "CBgrun"],
      resources: [.embedInCode("Help/bgrun-output-1.json")],
      linkerSettings: [
        .unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux])),
        .unsafeFlags(["-Xlinker", "-export_dynamic"], .when(platforms: [.macOS])),
      ]),
    // For the tests of plans and steps: needs Swift Testing, so nothing but tests depends on it.
    .target(name: "DeployTesting", dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator"]),
    .testTarget(
      name: "DeployDSLTests",
      dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator", "BgrunTestSupport"]),
    // What the simulated host and the real engine are both held against.
    .target(
      name: "BgrunTestSupport", dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator"],
      path: "Tests/BgrunTestSupport"),
    .testTarget(
      name: "DeployRunnerTests",
      dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator", "BgrunTestSupport"]),
    .testTarget(
      name: "DeploySimulatorTests",
      dependencies: ["DeployDSL", "DeployRunner", "DeploySimulator", "BgrunTestSupport"]),
    .testTarget(name: "DeployTestingTests", dependencies: ["DeployTesting"]),
    .testTarget(
      name: "bgrunTests", dependencies: ["DeployDSL", "DeployRunner", "BgrunTestSupport", "bgrun"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DockerTests", dependencies: ["DeployDSL", "DeployRunner", "BgrunTestSupport"],
      exclude: ["Fixtures"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.name != "CBgrun" {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
