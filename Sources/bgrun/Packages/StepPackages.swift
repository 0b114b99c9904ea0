import DeployRunner

/// The packages that a plan needs, built by SwiftPM and kept until something changes.
struct StepPackages {
  /// Changes with the way in which packages are built and kept.
  private static let format = "2"
  private static let most = 16

  let packages: [PackageDependency]
  let workshop: ToolchainRunner
  let folder: PackageFolder
  private let root: String

  /// What the compiler and the linker of a plan are told; what changes whenever the packages do; and
  /// what keeps others from building in the folder.
  typealias Built = (flags: [String], identity: String, lock: FileLock?)

  /// - Parameter root: the folder that packages are kept in.
  init(_ packages: [PackageDependency], in root: String, workshop: ToolchainRunner) {
    self.packages = packages
    self.workshop = workshop
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: workshop.toolchain.identity)
    hash.update(field: workshop.installation.moduleIdentity)
    for package in packages { for field in package.fields { hash.update(field: field) } }
    folder = PackageFolder(String(hash.hex().prefix(24)), in: root)
    self.root = root
  }

  /// The packages, built if they have changed since. While nothing has, no program is started.
  func prepare() throws(ToolError) -> Built {
    let updates = workshop.options.updatesPackages
    if !updates, let lock = FileLock(folder.lock, .shared, waiting: tellOfWaiting),
      let stamp = fresh
    {
      workshop.tell("\(names) was built before: \(folder.path)")
      return built(stamp, lock)
    }
    guard Files.makeFolder(folder.path),
      let lock = FileLock(folder.lock, .exclusive, waiting: tellOfWaiting)
    else {
      throw ToolError(
        "\(folder.path) cannot be written", fix: "set BGRUN_CACHE to a folder of yours",
        code: .environment)
    }
    // Another bgrun may have built them meanwhile.
    if !updates, let stamp = fresh { return built(stamp, lock) }
    unlink(folder.record)
    workshop.announce("building \(names), which is kept until it changes")
    let stamp = try build()
    removeOld()
    return built(stamp, lock)
  }

  /// Builds them; the stamp of what they were built from.
  private func build() throws(ToolError) -> String {
    let folders = try resolve()
    let stamp = stamp(of: folders)
    // SwiftPM may trust this although a file has gone.
    unlink("\(folder.scratch)/debug.yaml")
    var arguments = [
      "build", "--package-path", folder.path, "--scratch-path", folder.scratch,
      "--product", PackageFolder.libraryName, "--disable-index-store",
      "-Xswiftc", "-I", "-Xswiftc", folder.modules,
    ]
    #if os(macOS)
      arguments += ["-Xlinker", "-undefined", "-Xlinker", "dynamic_lookup"]
    #endif
    try swift(arguments, else: "does not build")
    let lines = [stamp, Files.status(folder.library)?.identity ?? ""] + folders
    guard Files.replace(folder.record, with: lines.map { "\($0)\n" }.joined()) else {
      throw ToolError("\(folder.record) cannot be written", code: .environment)
    }
    return stamp
  }

  /// The stamp of what was built, if it is still that and nothing has changed since.
  private var fresh: String? {
    let lines = String(decoding: Files.read(folder.record) ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
    guard lines.count >= 2, lines[0] == stamp(of: Array(lines.dropFirst(2))),
      lines[1] == Files.status(folder.library)?.identity
    else { return nil }
    return lines[0]
  }

  private func built(_ stamp: String, _ lock: FileLock) -> Built {
    let products = folder.products
    let maps = Files.names(in: products).filter { $0.hasSuffix(".build") }.sorted()
      .map { "\(products)/\($0)/module.modulemap" }.filter(Files.isFile)
    return (
      [
        "-I", "\(products)/Modules", "-L", products, "-l\(PackageFolder.libraryName)",
        "-Xlinker", "-rpath", "-Xlinker", products,
      ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] },
      "\(folder.path) \(stamp)", lock
    )
  }

  /// Tells whether the sources are those that were built: the user's own folders, and the versions
  /// that were resolved.
  private func stamp(of folders: [String]) -> String {
    FileStamp.of(folders, plans: manifestFolder) + " "
      + (Files.status(folder.resolved)?.identity ?? "")
  }

  /// The folder of the plans that a manifest lies beside.
  private var manifestFolder: String? {
    packages.lazy.compactMap { package in
      if package.product == nil, case .folder(let path) = package.origin { path } else { nil }
    }.first
  }

  /// Removes packages that have not been used for longest, unless another bgrun uses them now.
  private func removeOld() {
    let used = Files.names(in: root).filter { !$0.hasSuffix(".lock") }.map { name in
      let other = PackageFolder(name, in: root)
      return (name: name, folder: other, time: Files.status(other.record)?.accessed ?? 0)
    }
    guard used.count > Self.most else { return }
    for item in used.sorted(by: { $0.time < $1.time }).prefix(used.count - Self.most)
    where item.folder.path != folder.path {
      guard let lock = FileLock(ifFree: item.folder.lock) else { continue }
      withExtendedLifetime(lock) {
        // First what says that it is whole.
        unlink(item.folder.record)
        Files.removeTree("\(root)/\(item.name)")
      }
    }
  }

  /// The packages' names, for people.
  private var names: String { packages.map(\.identity).joined(separator: ", ") }

  private func tellOfWaiting() {
    workshop.announce("another bgrun builds \(names); waiting for it")
  }
}

// MARK: SwiftPM

extension StepPackages {
  /// Writes the package and has SwiftPM resolve it; the folders of the user's own whose changes
  /// matter.
  private func resolve() throws(ToolError) -> [String] {
    var parts: [PackageFolder.Part] = []
    for package in packages {
      if let product = package.product {
        parts.append((package, [product]))
      } else if let path = manifestFolder {
        parts.append((package, try libraries(ofPlansIn: path, package)))
      }
    }
    var stubs = ["bgrun"]
    var resolved = try resolve(parts, stubs)
    // A checkout of bgrun may be known by another name: that of its folder.
    let others = resolved.filter(\.hasDeployDSL)
    if !others.isEmpty {
      stubs += others.map(\.identity)
      unlink(ResolvedPackage.file(in: folder.scratch))
      resolved = try resolve(parts, stubs)
    }
    if let other = resolved.first(where: \.hasDeployDSL) {
      throw ToolError(
        "\(names) brings another bgrun, from \(other.folder)",
        fix: "name one bgrun in all packages; nothing was run")
    }
    let own = packages.compactMap { package in
      if case .folder(let path) = package.origin { path } else { nil }
    }
    let stubFolders = stubs.map(folder.stubFolder)
    let local = resolved.filter { $0.isLocal && !stubFolders.contains($0.folder) }
    return Set(own + local.map(\.folder)).sorted()
  }

  private func resolve(
    _ parts: [PackageFolder.Part], _ stubs: [String]
  ) throws(ToolError) -> [ResolvedPackage] {
    guard folder.write(parts, stubs: stubs, module: workshop.installation.module) else {
      throw ToolError("\(folder.path) cannot be written", code: .environment)
    }
    try swift(
      [
        "package", "--package-path", folder.path, "--scratch-path", folder.scratch,
        workshop.options.updatesPackages ? "update" : "resolve",
      ], else: "cannot be resolved")
    return ResolvedPackage.all(in: folder.scratch)
  }

  private func libraries(
    ofPlansIn path: String, _ package: PackageDependency
  ) throws(ToolError) -> [String] {
    let dump = try swift(
      ["package", "--package-path", path, "dump-package"], else: "cannot be read")
    let libraries = PackageManifest.libraries(inDump: dump)
    guard !libraries.isEmpty else {
      throw ToolError(
        "\(package.place) offers no library to the plans beside it",
        fix: "add products: [.library(name: \"…\", targets: [\"…\"])]; nothing was run")
    }
    return libraries
  }

  /// Runs SwiftPM; what it printed.
  ///
  /// - Parameter what: what a package does not do if that fails: "does not build".
  @discardableResult
  private func swift(_ arguments: [String], else what: String) throws(ToolError) -> String {
    let ending = try workshop.swift(arguments)
    guard ending.status != 0 else { return ending.output }
    let output = SwiftPMOutput(text: ending.text)
    if let error = try missingProduct(output) { throw error }
    let blamed = packages.first(where: output.blames) ?? (packages.count == 1 ? packages[0] : nil)
    throw ToolError(
      "\(blamed.map { "\($0.place): the package \($0.identity)" } ?? names) \(what)",
      fix: "nothing was run", details: output.problems)
  }

  /// The error for a product that a package does not have, with those that it has.
  private func missingProduct(_ output: SwiftPMOutput) throws(ToolError) -> ToolError? {
    guard output.text.contains(" not found in package "),
      let package = packages.first(where: { package in
        output.text.contains("product '\(package.product ?? "")' required by package")
      }), let product = package.product
    else { return nil }
    var path = "\(folder.scratch)/checkouts"
    if case .folder(let its) = package.origin {
      path = its
    } else if let name = Files.names(in: path).first(where: { $0.lowercased() == package.identity })
    {
      path += "/\(name)"
    }
    let dump = try workshop.swift(["package", "--package-path", path, "dump-package"])
    let offered = PackageManifest.libraries(inDump: dump.output)
    let fix =
      if let near = EditDistance.nearest(to: product, among: offered) {
        "did you mean 'import \(near)'?"
      } else if let first = offered.first {
        "it offers \(offered.joined(separator: ", ")); if the module is in one of them, write "
          + "package(…, product: \"\(first)\")"
      } else {
        "the package must offer a library of that name"
      }
    return ToolError(
      "\(package.place): the package \(package.identity) has no library '\(product)'", fix: fix,
      details: output.problems)
  }
}
