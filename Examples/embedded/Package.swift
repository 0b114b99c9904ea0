// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "embedded",
  platforms: [.macOS(.v15)],
  dependencies: [
    // In a repository of your own: .package(url: "…/bgrun.git", from: "…").
    .package(name: "bgrun", path: "../.."),
    .package(path: "../shared-steps"),
  ],
  targets: [
    // What is deployed, as a plan that is built at run time.
    .target(
      name: "Release",
      dependencies: [
        .product(name: "DeployDSL", package: "bgrun"),
        .product(name: "SharedSteps", package: "shared-steps"),
      ]),
    // The program.
    .executableTarget(
      name: "embedded",
      dependencies: [
        "Release",
        .product(name: "DeployRunner", package: "bgrun"),
        .product(name: "DeploySimulator", package: "bgrun"),
      ]),
    .testTarget(
      name: "ReleaseTests",
      dependencies: ["Release", .product(name: "DeployTesting", package: "bgrun")]),
  ],
  swiftLanguageModes: [.v6]
)
