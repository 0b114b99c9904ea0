import DeployRunner

/// The packages of a plan, built by SwiftPM and cached until something changes.
struct StepPackages {
  /// Changes when packages are built or cached differently.
  private static let format = "2"
  private static let most = 16

  let packages: [PackageDependency]
  let runner: ToolchainRunner
  let folder: PackageFolder
  private let root: String

  /// What the compiler and the linker of a plan are told; what changes whenever the packages do;
  /// and what keeps others from building in the folder.
  typealias Built = (flags: [String], identity: String, lock: FileLock?)

  /// - Parameter root: the folder that packages are kept in.
  init(_ packages: [PackageDependency], in root: String, runner: ToolchainRunner) {
    self.packages = packages
    self.runner = runner
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: runner.toolchain.identity)
    hash.update(field: runner.installation.moduleIdentity)
    for package in packages { for field in package.fields { hash.update(field: field) } }
    folder = PackageFolder(String(hash.hex().prefix(24)), in: root)
    self.root = root
  }

  /// Builds the packages if they have changed. Without a change no program is started.
  func prepare() throws(ToolError) -> Built {
    let updates = runner.options.updatesPackages
    if !updates, let lock = FileLock(folder.lock, .shared, waiting: tellOfWaiting),
      let stamp = fresh
    {
      runner.tell("using the built \(names): \(folder.path)")
      return built(stamp, lock)
    }
    guard Files.makeFolder(folder.path),
      let lock = FileLock(folder.lock, .exclusive, waiting: tellOfWaiting)
    else {
      throw ToolError(
        "\(folder.path) cannot be written", fix: "set BGRUN_CACHE to a writable folder",
        code: .environment)
    }
    // Another bgrun may have built them meanwhile.
    if !updates, let stamp = fresh { return built(stamp, lock) }
    unlink(folder.record)
    runner.announce("building \(names), which is cached until it changes")
    let stamp = try build()
    removeOld()
    return built(stamp, lock)
  }

  /// Builds them; the stamp of what they were built from.
  private func build() throws(ToolError) -> String {
    let folders = try resolve()
    let stamp = stamp(of: folders)
    // SwiftPM may trust this file although an output is missing.
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

  /// The stamp of the built packages, if they exist and nothing has changed since.
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

  /// The state of the sources: the user's own folders, and the resolved versions.
  private func stamp(of folders: [String]) -> String {
    FileStamp.of(folders, plans: manifestFolder) + " "
      + (Files.status(folder.resolved)?.identity ?? "")
  }

  /// The folder of the plans with a manifest.
  private var manifestFolder: String? {
    packages.lazy.compactMap { package in
      if package.product == nil, case .folder(let path) = package.origin { path } else { nil }
    }.first
  }

  /// Removes the least recently used packages, unless another bgrun uses them now.
  private func removeOld() {
    let used = Files.names(in: root).filter { !$0.hasSuffix(".lock") }.map { name in
      let other = PackageFolder(name, in: root)
      return (name: name, folder: other, time: Files.status(other.record)?.accessed ?? 0)
    }
    guard used.count > Self.most else { return }
    for item in used.sorted(by: { $0.time < $1.time }).prefix(used.count - Self.most)
    where item.folder.path != folder.path {
      guard let lock = FileLock(item.folder.lock, .exclusiveIfFree) else { continue }
      withExtendedLifetime(lock) {
        // First the record that marks it as complete.
        unlink(item.folder.record)
        Files.removeTree("\(root)/\(item.name)")
      }
    }
  }

  /// The packages' names, for people.
  private var names: String { packages.map(\.identity).joined(separator: ", ") }

  private func tellOfWaiting() {
    runner.announce("waiting for another bgrun that builds \(names)")
  }
}

// MARK: SwiftPM

extension StepPackages {
  /// Writes the package and resolves it with SwiftPM; returns the user's own folders whose changes
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
        "\(names) depends on another bgrun, from \(other.folder)",
        fix: "depend on the same bgrun in all packages; nothing was run")
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
    guard folder.write(parts, stubs: stubs, module: runner.installation.module) else {
      throw ToolError("\(folder.path) cannot be written", code: .environment)
    }
    try swift(
      [
        "package", "--package-path", folder.path, "--scratch-path", folder.scratch,
        runner.options.updatesPackages ? "update" : "resolve",
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
        "\(package.place) offers no library for the plans beside it",
        fix: "add products: [.library(name: \"…\", targets: [\"…\"])]; nothing was run")
    }
    return libraries
  }

  /// Runs SwiftPM and returns its output.
  ///
  /// - Parameter what: the predicate of the error: "does not build".
  @discardableResult
  private func swift(_ arguments: [String], else what: String) throws(ToolError) -> String {
    let ending = try runner.run(runner.toolchain.swift, arguments)
    guard ending.status != 0 else { return ending.output }
    let output = SwiftPMOutput(text: ending.text)
    let blamed = packages.first(where: output.blames) ?? (packages.count == 1 ? packages[0] : nil)
    throw ToolError(
      "\(blamed.map { "\($0.place): the package \($0.identity)" } ?? names) \(what)",
      fix: "nothing was run", details: output.problems)
  }
}
