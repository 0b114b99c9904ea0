#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What SwiftPM settled on, read from the file in which it keeps that.
struct ResolvedPackages {
  struct Package: Equatable {
    var identity: String
    var folder: String
    /// Whether its files are the user's own, which change at any time.
    var isLocal: Bool

    /// Whether bgrun's own module is built from it.
    var hasDeployDSL: Bool { Files.isFolder("\(folder)/Sources/DeployDSL") }
  }

  private(set) var packages: [Package] = []

  /// Reads it; empty if there is nothing to be read.
  init(scratch: String) {
    let bytes = Files.read(Self.file(in: scratch)) ?? []
    guard let state = try? JSONDecoder().decode(State.self, from: Data(bytes)) else { return }
    packages = state.object.dependencies.map { dependency in
      let local = dependency.state.name == "fileSystem"
      return Package(
        identity: dependency.packageRef.identity,
        folder: local
          ? dependency.state.path ?? dependency.packageRef.location
          : "\(scratch)/checkouts/\(dependency.subpath)",
        isLocal: local)
    }
  }

  static func file(in scratch: String) -> String { "\(scratch)/workspace-state.json" }

  private struct State: Decodable {
    struct Object: Decodable { var dependencies: [Dependency] }
    struct Dependency: Decodable {
      var packageRef: Reference
      var state: Kind
      var subpath: String
    }
    struct Reference: Decodable { var identity, location: String }
    struct Kind: Decodable {
      var name: String
      var path: String?
    }
    var object: Object
  }
}

/// What a package's manifest offers.
struct PackageManifest: Decodable {
  private struct Product: Decodable {
    struct Kind: Decodable { var library: [String]? }
    var name: String
    var type: Kind
  }

  private var products: [Product]

  /// Its libraries.
  var libraries: [String] { products.filter { $0.type.library != nil }.map(\.name) }

  /// Reads what `swift package dump-package` printed.
  init?(dump: String) {
    guard let begin = dump.firstIndex(of: "{"),
      let value = try? JSONDecoder().decode(Self.self, from: Data(dump[begin...].utf8))
    else { return nil }
    self = value
  }
}
