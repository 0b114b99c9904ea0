import DeployRunner

/// Settles which version of which package is built, and under which names bgrun is overridden.
struct PackageResolution {
  let packages: StepPackages

  private var folder: PackageFolder { packages.folder }

  /// Writes the package and has SwiftPM resolve it.
  ///
  /// - Returns: the folders of the user's own whose changes matter.
  func resolve() throws(ToolError) -> [String] {
    let parts = try self.parts()
    var stubs = ["bgrun"]
    var resolved = try resolve(parts, stubs)
    // A checkout of bgrun may be known by another name: that of its folder.
    let others = foreign(in: resolved)
    if !others.isEmpty {
      stubs += others.map(\.identity)
      unlink(ResolvedPackages.file(in: folder.scratch))
      resolved = try resolve(parts, stubs)
    }
    if let other = foreign(in: resolved).first {
      throw ToolError(
        "\(packages.names) brings another bgrun, from \(other.folder)",
        fix: "name one bgrun in all packages; nothing was run")
    }
    let own = packages.needs.compactMap { need in
      if case .folder(let path) = need.origin { path } else { nil }
    }
    let stubFolders = stubs.map(folder.stubFolder)
    let local = resolved.packages.filter { $0.isLocal && !stubFolders.contains($0.folder) }
    return Set(own + local.map(\.folder)).sorted()
  }

  /// Packages that would bring a DeployDSL of their own.
  private func foreign(in resolved: ResolvedPackages) -> [ResolvedPackages.Package] {
    resolved.packages.filter { $0.hasDeployDSL }
  }

  private func resolve(
    _ parts: [PackageFolder.Part], _ stubs: [String]
  ) throws(ToolError) -> ResolvedPackages {
    let module = packages.workshop.installation.module
    guard folder.write(parts, stubs: stubs, module: module) else {
      throw ToolError("\(folder.path) cannot be written", code: .environment)
    }
    let ending = try packages.workshop.swift([
      "package", "--package-path", folder.path, "--scratch-path", folder.scratch,
      packages.workshop.options.updatesPackages ? "update" : "resolve",
    ])
    guard ending.status == 0 else {
      throw try PackageFailure(packages: packages, ending).refusal("cannot be resolved")
    }
    return ResolvedPackages(scratch: folder.scratch)
  }

  /// Each need with its products' names.
  private func parts() throws(ToolError) -> [PackageFolder.Part] {
    var parts: [PackageFolder.Part] = []
    for need in packages.needs {
      switch (need.products, need.origin) {
      case (.named(let name), _): parts.append(.init(need: need, products: [name]))
      case (.all, .folder(let path)):
        parts.append(.init(need: need, products: try libraries(of: path, need)))
      case (.all, _): break
      }
    }
    return parts
  }

  private func libraries(of path: String, _ need: PackageDependency) throws(ToolError) -> [String] {
    let ending = try packages.workshop.swift(["package", "--package-path", path, "dump-package"])
    guard ending.status == 0, let manifest = PackageManifest(dump: ending.output) else {
      throw try PackageFailure(packages: packages, ending).refusal("cannot be read")
    }
    guard !manifest.libraries.isEmpty else {
      throw ToolError(
        "\(need.place) offers no library to the plans beside it",
        fix: "add products: [.library(name: \"…\", targets: [\"…\"])]; nothing was run")
    }
    return manifest.libraries
  }
}
