// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that the product stays without it:
// swift run -c release --package-path Benchmarks
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "bgrun", path: "..")],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "DeployDSL", package: "bgrun"),
        .product(name: "DeployRunner", package: "bgrun"),
        .product(name: "DeploySimulator", package: "bgrun"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
