import DeployRunner

/// The packages that a plan needs, built by SwiftPM and kept until something changes.
struct StepPackages {
  /// Changes with the way in which packages are built and kept.
  private static let format = "1"
  private static let most = 16

  let needs: [PackageDependency]
  let workshop: ToolchainRunner
  let folder: PackageFolder
  private let root: String

  /// Built packages.
  struct Built {
    /// What the compiler and the linker of a plan are told.
    var flags: [String]
    /// Changes whenever the packages do.
    var identity: String
    /// Keeps others from building in the folder.
    var lock: FileLock?
  }

  /// - Parameter root: the folder that packages are kept in.
  init(_ needs: [PackageDependency], in root: String, workshop: ToolchainRunner) {
    self.needs = needs
    self.workshop = workshop
    var hash = SHA256()
    hash.update(field: Self.format)
    hash.update(field: workshop.toolchain.identity)
    hash.update(field: workshop.installation.moduleIdentity)
    for need in needs { for field in need.fields { hash.update(field: field) } }
    folder = PackageFolder(String(hash.hex().prefix(24)), in: root)
    self.root = root
  }

  /// The packages, built if they have changed since. While nothing has, no program is started.
  func prepare() throws(ToolError) -> Built {
    let updates = workshop.options.updatesPackages
    if !updates, let lock = FileLock(folder.lock, .shared, waiting: sayWaiting),
      let record = fresh
    {
      workshop.tell("\(names) was built before: \(folder.path)")
      return built(record, lock)
    }
    guard Files.makeFolder(folder.path),
      let lock = FileLock(folder.lock, .exclusive, waiting: sayWaiting)
    else {
      throw ToolError(
        "\(folder.path) cannot be written", fix: "set BGRUN_CACHE to a folder of yours",
        code: .environment)
    }
    // Another bgrun may have built them meanwhile.
    if !updates, let record = fresh { return built(record, lock) }
    unlink(folder.record)
    workshop.announce("building \(names), which is kept until it changes")
    let record = try build()
    removeOld()
    return built(record, lock)
  }

  private func build() throws(ToolError) -> BuildManifest {
    let folders = try PackageResolution(packages: self).resolve()
    var record = BuildManifest(stamp: stamp(of: folders), library: "", folders: folders)
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
    let ending = try workshop.swift(arguments)
    guard ending.status == 0 else {
      throw try PackageFailure(packages: self, ending).refusal("does not build")
    }
    record.library = Files.status(folder.library)?.identity ?? ""
    guard record.write(to: folder.record) else {
      throw ToolError("\(folder.record) cannot be written", code: .environment)
    }
    return record
  }

  private func built(_ record: BuildManifest, _ lock: FileLock) -> Built {
    let products = folder.products
    let maps = Files.names(in: products).filter { $0.hasSuffix(".build") }.sorted()
      .map { "\(products)/\($0)/module.modulemap" }.filter(Files.isFile)
    return Built(
      flags: [
        "-I", "\(products)/Modules", "-L", products, "-l\(PackageFolder.libraryName)",
        "-Xlinker", "-rpath", "-Xlinker", products,
      ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] },
      identity: "\(folder.path) \(record.stamp)", lock: lock)
  }

  /// What was built, if it is still that and nothing has changed since.
  private var fresh: BuildManifest? {
    guard let record = BuildManifest(folder.record), record.stamp == stamp(of: record.folders),
      record.library == Files.status(folder.library)?.identity
    else { return nil }
    return record
  }

  /// Tells whether the sources are those that were built: the user's own folders, and the versions
  /// that were settled on.
  private func stamp(of folders: [String]) -> String {
    let plans = needs.compactMap { need in
      if case .folder(let path) = need.origin, need.products == .all { path } else { nil }
    }
    return FileStamp.of(folders, plans: plans.first) + " "
      + (Files.status(folder.resolved)?.identity ?? "")
  }

  /// Removes packages that have not been used for longest, unless somebody uses them now.
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

  /// The modules that were built.
  var modules: [String] {
    Files.names(in: "\(folder.products)/Modules").filter { $0.hasSuffix(".swiftmodule") }
      .map { String($0.dropLast(12)) }.filter { !$0.hasPrefix("Bgrun") }
  }

  /// The packages' names, for people.
  var names: String { needs.map(\.identity).joined(separator: ", ") }

  private func sayWaiting() {
    workshop.announce("another bgrun builds \(names); waiting for it")
  }
}
