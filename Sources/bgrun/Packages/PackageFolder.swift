import DeployRunner

/// The package in the cache that SwiftPM builds: it depends on what a plan needs, and makes one
/// library of it.
///
/// bgrun itself is overridden by a package of the same name whose library is empty. The steps are
/// compiled against the module of this bgrun instead, and find its symbols in the process they are
/// loaded into: a second copy of DeployDSL would have separate types.
struct PackageFolder {
  /// The library's name, and its target's.
  static let libraryName = "BgrunSteps"
  private static let toolsVersion = "6.1"

  let path: String
  /// The file that is locked while the packages are read or built. It is never removed.
  let lock: String

  /// - Parameter name: identifies the packages in the root folder.
  init(_ name: String, in root: String) {
    // The last part is SwiftPM's name of the package in its messages.
    path = "\(root)/\(name)/bgrun-steps"
    lock = "\(root)/\(name).lock"
  }

  /// SwiftPM's own folder.
  var scratch: String { "\(path)/build" }
  /// Where the library and the modules are built.
  var products: String { "\(scratch)/debug" }
  /// The built library.
  var library: String {
    #if os(macOS)
      return "\(products)/lib\(Self.libraryName).dylib"
    #else
      return "\(products)/lib\(Self.libraryName).so"
    #endif
  }
  /// What the linker of a program is told: the object files of the library and the C libraries that
  /// the packages' manifests name.
  var links: [String] {
    let manifest = String(decoding: Files.read("\(scratch)/debug.yaml") ?? [], as: UTF8.self)
    let linking = manifest.split(separator: "\n").first {
      $0.contains("args:") && $0.contains("\"-emit-library\"")
        && $0.contains("/lib\(Self.libraryName).so\"")
    }
    return ["@\(products)/\(Self.libraryName).product/Objects.LinkFileList"]
      + (linking?.matches(of: /"(-[lL][^"]+)"/).map { String($0.1) } ?? [])
  }
  /// What `DeployDSL` is imported from.
  var modules: String { "\(path)/modules" }
  /// The record of what was built; it appears when the build is complete.
  var record: String { "\(path)/built" }
  var resolved: String { "\(path)/Package.resolved" }

  /// The modules that were built.
  var moduleNames: [String] {
    Files.names(in: "\(products)/Modules").filter { $0.hasSuffix(".swiftmodule") }
      .map { String($0.dropLast(12)) }.filter { !$0.hasPrefix("Bgrun") }
  }

  /// A package, and which of its products become part of the library.
  typealias Part = (package: PackageDependency, products: [String])

  /// Writes the package.
  ///
  /// - Parameter stubs: the names under which bgrun is known to the packages.
  func write(_ parts: [Part], stubs: [String], module: String) -> Bool {
    let folders = ["\(path)/Sources/\(Self.libraryName)", modules]
    guard folders.allSatisfy({ Files.makeFolder($0) }),
      Files.replace("\(path)/Sources/\(Self.libraryName)/Empty.swift", with: "\n"),
      Files.link("\(modules)/DeployDSL.swiftmodule", to: module)
    else { return false }
    for (index, stub) in stubs.enumerated() {
      let folder = stubFolder(stub)
      let sources = "\(folder)/Sources/BgrunStub\(index)"
      guard Files.makeFolder(sources), Files.replace("\(sources)/Empty.swift", with: "\n"),
        Files.replace("\(folder)/Package.swift", with: Self.stub(stub, target: "BgrunStub\(index)"))
      else { return false }
    }
    return Files.replace("\(path)/Package.swift", with: manifest(parts, stubs: stubs))
  }

  func stubFolder(_ name: String) -> String { "\(path)/stubs/\(name)" }

  private func manifest(_ parts: [Part], stubs: [String]) -> String {
    var packages = stubs.map { "    .package(path: \(quoted(stubFolder($0))))," }
    var products: [String] = []
    var places: Set<PackageDependency.Origin> = []
    for part in parts {
      if places.insert(part.package.origin).inserted {
        packages.append(dependency(part.package.origin))
      }
      products += part.products.map { name in
        "      .product(name: \(quoted(name)), package: \(quoted(part.package.identity))),"
      }
    }
    return """
      // swift-tools-version: \(Self.toolsVersion)
      import PackageDescription

      let package = Package(
        name: "bgrun-steps",
        platforms: [.macOS(.v15)],
        products: [
          .library(name: "\(Self.libraryName)", type: .dynamic, targets: ["\(Self.libraryName)"])
        ],
        dependencies: [
      \(packages.joined(separator: "\n"))
        ],
        targets: [
          .target(name: "\(Self.libraryName)", dependencies: [
      \(products.joined(separator: "\n"))
          ])
        ]
      )

      """
  }

  private func dependency(_ origin: PackageDependency.Origin) -> String {
    switch origin {
    case .folder(let path): "    .package(path: \(quoted(path))),"
    case .repository(let url, let requirement, let version):
      "    .package(url: \(quoted(url)), \(requirement): \(quoted(version))),"
    }
  }

  private static func stub(_ name: String, target: String) -> String {
    """
    // swift-tools-version: \(toolsVersion)
    import PackageDescription

    let package = Package(
      name: \(quoted(name)),
      products: [
        .library(name: "DeployDSL", targets: ["\(target)"]),
        .library(name: "DeployRunner", targets: ["\(target)"]),
      ],
      targets: [.target(name: "\(target)")]
    )

    """
  }
}

/// A text as Swift source.
private func quoted(_ text: String) -> String {
  "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}
