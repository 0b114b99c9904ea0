// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "shared-steps",
  platforms: [.macOS(.v15)],
  products: [.library(name: "SharedSteps", targets: ["SharedSteps"])],
  dependencies: [
    // In a repository of your own: .package(url: "…/bgrun.git", from: "…").
    .package(name: "bgrun", path: "../..")
  ],
  targets: [
    // Steps need the words of a plan and nothing else.
    .target(
      name: "SharedSteps", dependencies: [.product(name: "DeployDSL", package: "bgrun")]),
    .testTarget(
      name: "SharedStepsTests",
      dependencies: ["SharedSteps", .product(name: "DeployTesting", package: "bgrun")]),
  ],
  swiftLanguageModes: [.v6]
)
