import DeployRunner

/// A resolved package, read from SwiftPM's state file.
struct ResolvedPackage {
  var identity: String
  var folder: String
  /// Whether it is a folder of the user's, which may change at any time.
  var isLocal: Bool

  /// Whether it contains DeployDSL itself.
  var hasDeployDSL: Bool { Files.isFolder("\(folder)/Sources/DeployDSL") }

  static func file(in scratch: String) -> String { "\(scratch)/workspace-state.json" }

  /// All of them; none if the file cannot be read.
  static func all(in scratch: String) -> [ResolvedPackage] {
    let bytes = Files.read(file(in: scratch)) ?? []
    let state = try? JSONDecoder().decode(State.self, from: Data(bytes))
    return (state?.object.dependencies ?? []).map { dependency in
      let local = dependency.state.name == "fileSystem"
      return ResolvedPackage(
        identity: dependency.packageRef.identity,
        folder: local
          ? dependency.state.path ?? dependency.packageRef.location
          : "\(scratch)/checkouts/\(dependency.subpath)",
        isLocal: local)
    }
  }

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

/// The output of `swift package dump-package`.
struct PackageManifest: Decodable {
  private struct Product: Decodable {
    struct Kind: Decodable { var library: [String]? }
    var name: String
    var type: Kind
  }

  private var products: [Product]

  /// The libraries that a package offers; none if it cannot be read.
  static func libraries(inDump dump: String) -> [String] {
    let json = Data(dump.drop { $0 != "{" }.utf8)
    let products = (try? JSONDecoder().decode(Self.self, from: json))?.products ?? []
    return products.filter { $0.type.library != nil }.map(\.name)
  }
}
