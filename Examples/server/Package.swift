// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "server",
  platforms: [.macOS(.v15)],
  dependencies: [
    // In a repository of your own: .package(url: "…/bgrun.git", from: "…").
    .package(name: "bgrun", path: "../.."),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
  ],
  targets: [
    // The service: deploys start by an HTTP request.
    .target(
      name: "Deploys",
      dependencies: [
        .product(name: "DeployDSL", package: "bgrun"),
        .product(name: "DeployRunner", package: "bgrun"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ]),
    // The program.
    .executableTarget(
      name: "server",
      dependencies: ["Deploys", .product(name: "DeploySimulator", package: "bgrun")]),
    .testTarget(
      name: "DeploysTests",
      dependencies: ["Deploys", .product(name: "DeploySimulator", package: "bgrun")]),
  ],
  swiftLanguageModes: [.v6]
)
