import DeployDSL
import DeployRunner

/// What a plan is made of besides its own file: helper files of its folder, and packages.
struct PlanSources {
  /// The module that `Steps/*.swift` beside the plan is compiled into.
  static let helperModule = "PlanSteps"

  /// The helper files that the plan uses, in order.
  private(set) var helpers: [HelperFile] = []
  /// The packages that the plan or its helpers use, each once.
  private(set) var needs: [PackageDependency] = []
  private var mistakes: [PlanDiagnostic] = []

  struct HelperFile {
    var path: String
    var bytes: [UInt8]
  }

  /// An import, and the file that it stands in.
  fileprivate struct Mention {
    var item: PlanImport
    /// As the user would type it.
    var file: String
    /// What a path beside the import begins at.
    var folder: String
  }

  /// Reads what the imports say.
  ///
  /// - Throws: every package that is not said properly, or is not there.
  init(of plan: PlanFile, toolchain: Toolchain) throws(PlanError) {
    let folder = plan.folder
    let manifest = "\(folder)/Package.swift"
    let hasManifest = Files.isFile(manifest)
    var mentions = PlanImport.all(in: plan.bytes).map { item in
      Mention(item: item, file: plan.typed, folder: folder)
    }
    if mentions.contains(where: \.isOfHelpers),
      !hasManifest || !Self.speaks(of: Self.helperModule, manifest)
    {
      helpers = Self.helpers(in: "\(folder)/Steps")
      mentions += helpers.flatMap { helper in
        PlanImport.all(in: helper.bytes).map { item in
          Mention(item: item, file: plan.naming(helper.path), folder: "\(folder)/Steps")
        }
      }
    }
    let others = mentions.filter { !take($0) }.map(\.item.module)
    if hasManifest, others.contains(where: { isUnknown($0, toolchain) }) {
      let place = PackageDependency.Place(file: plan.naming(manifest), line: nil)
      needs.append(PackageDependency(origin: .folder(folder), products: .all, place: place))
    }
    guard mistakes.isEmpty else { throw PlanError(mistakes) }
  }

  /// Whether a module must come from the manifest in the plans' folder.
  private func isUnknown(_ module: String, _ toolchain: Toolchain) -> Bool {
    if module == Self.helperModule { return helpers.isEmpty }
    // A misspelling is the compiler's to show.
    return EditDistance.distance(module, "DeployDSL") > 2 && !toolchain.has(module: module)
  }

  /// Takes an import's package; whether it has one.
  private mutating func take(_ mention: Mention) -> Bool {
    let item = mention.item
    guard let text = item.comment else { return false }
    do throws(PackageComment.ValidationIssue) {
      guard let comment = try PackageComment(text) else { return false }
      let origin = try comment.origin(from: mention.folder)
      if case .folder(let path) = origin, !Files.isFile("\(path)/Package.swift") {
        throw PackageComment.ValidationIssue(
          problem: "there is no package at \(comment.values["path"] ?? path)",
          fix: Files.isFolder(path)
            ? "\(path) has no Package.swift"
            : "\(path) is not there; the path begins at this file")
      }
      let need = PackageDependency(
        origin: origin, products: .named(comment.values["product"] ?? item.module),
        place: .init(file: mention.file, line: item.line))
      if !needs.contains(need) { needs.append(need) }
    } catch {
      let place = SourceLocation(file: mention.file, line: item.line, column: item.commentColumn)
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

extension PlanSources.Mention {
  /// Whether it asks for the files in `Steps/`.
  fileprivate var isOfHelpers: Bool {
    item.module == PlanSources.helperModule
      && (try? item.comment.flatMap { try PackageComment($0) }) == nil
  }
}
