import DeployDSL

/// What a plan is made of besides its own file: helper files of its folder, and packages.
struct PlanSources {
  /// The module that `Steps/*.swift` beside the plan is compiled into.
  static let helperModule = "PlanSteps"

  /// The helper files that the plan uses, in order.
  private(set) var helpers: [HelperFile] = []
  /// The packages that the plan or its helpers use, each once.
  private(set) var needs: [PackageNeed] = []
  private var mistakes: [PlanDiagnostic] = []

  struct HelperFile {
    var path: String
    var bytes: [UInt8]
  }

  /// Reads what the imports say.
  ///
  /// - Throws: every package that is not said properly, or is not there.
  init(of plan: PlanFile, toolchain: Toolchain) throws(PlanError) {
    let folder = plan.folder
    let manifest = "\(folder)/Package.swift"
    let hasManifest = Files.isFile(manifest)
    var imports = PlanImport.all(in: plan.bytes).map { (file: plan.typed, item: $0) }
    if imports.contains(where: { $0.item.module == Self.helperModule && $0.item.comment == nil }),
      !hasManifest || !Self.speaks(of: Self.helperModule, manifest)
    {
      helpers = Self.helpers(in: "\(folder)/Steps")
      for helper in helpers {
        let name = plan.naming(helper.path)
        imports += PlanImport.all(in: helper.bytes).map { (file: name, item: $0) }
      }
    }
    var needsManifest = false
    for (file, item) in imports {
      if take(item, in: file, folder: folder) { continue }
      guard hasManifest, item.module != "DeployDSL", !toolchain.has(module: item.module),
        item.module != Self.helperModule || helpers.isEmpty
      else { continue }
      needsManifest = true
    }
    if needsManifest {
      let place = PackageNeed.Place(file: plan.naming(manifest), line: nil)
      needs.append(PackageNeed(origin: .folder(folder), products: .all, place: place))
    }
    guard mistakes.isEmpty else { throw PlanError(mistakes) }
  }

  /// Takes an import's package; whether it has one.
  private mutating func take(
    _ item: PlanImport, in file: String, folder: String
  ) -> Bool {
    guard let text = item.comment else { return false }
    let place = SourceLocation(file: file, line: item.line, column: item.commentColumn)
    do throws(PackageComment.Mistake) {
      guard let comment = try PackageComment(text) else { return false }
      let origin = try comment.origin(from: folder)
      if case .folder(let path) = origin, !Files.isFile("\(path)/Package.swift") {
        throw PackageComment.Mistake(
          problem: "there is no package at \(comment.values["path"] ?? path)",
          fix: Files.isFolder(path)
            ? "\(path) has no Package.swift" : "\(path) is not there; the path begins at the plan")
      }
      let need = PackageNeed(
        origin: origin, products: .named(comment.values["product"] ?? item.module),
        place: .init(file: file, line: item.line))
      if !needs.contains(need) { needs.append(need) }
    } catch {
      mistakes.append(PlanDiagnostic(error.problem, fix: error.fix, at: place))
    }
    return true
  }

  private static func speaks(of word: String, _ file: String) -> Bool {
    Files.read(file)?.firstRange(of: Array(word.utf8)) != nil
  }

  /// The Swift files of a folder.
  static func helpers(in folder: String) -> [HelperFile] {
    Files.names(in: folder).filter { $0.hasSuffix(".swift") && !$0.hasPrefix(".") }.sorted()
      .compactMap { name in
        Files.read("\(folder)/\(name)").map { HelperFile(path: "\(folder)/\(name)", bytes: $0) }
      }
  }
}
