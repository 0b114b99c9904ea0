import DeployDSL
import DeployRunner

/// What a plan's imports refer to: helper files of its folder, and packages.
struct PlanSources {
  /// The module that `Steps/*.swift` beside the plan is compiled into.
  static let helperModule = "PlanSteps"

  struct HelperFile {
    var path: String
    var bytes: [UInt8]
  }

  /// The helper files that the plan uses, in order.
  private(set) var helpers: [HelperFile] = []
  /// The packages that the plan or its helpers use, each once.
  private(set) var packages: [PackageDependency] = []
  private var issues: [PlanDiagnostic] = []

  /// Reads what the imports say.
  ///
  /// - Throws: an issue for every package that is invalid or missing.
  init(of plan: PlanFile, toolchain: Toolchain) throws(PlanError) {
    let folder = plan.folder
    let manifest = "\(folder)/Package.swift"
    let declared = Files.read(manifest)
    var others = take(SwiftSource(plan.bytes).imports, of: plan.typed, in: folder)
    if others.contains(Self.helperModule),
      declared?.firstRange(of: Array(Self.helperModule.utf8)) == nil
    {
      helpers = Self.helpers(in: "\(folder)/Steps")
      for helper in helpers {
        let imports = SwiftSource(helper.bytes).imports
        others += take(imports, of: plan.naming(helper.path), in: "\(folder)/Steps")
      }
    }
    if declared != nil,
      others.contains(where: { module in
        if module == Self.helperModule { return helpers.isEmpty }
        // The compiler reports a misspelling.
        return EditDistance.distance(module, "DeployDSL") > 2 && !toolchain.has(module: module)
      })
    {
      packages.append(
        PackageDependency(origin: .folder(folder), product: nil, place: plan.naming(manifest)))
    }
    guard issues.isEmpty else { throw PlanError(issues) }
  }

  /// Adds the packages named beside imports; returns the modules of the other imports.
  private mutating func take(
    _ imports: [SwiftSource.Import], of file: String, in folder: String
  ) -> [String] {
    var others: [String] = []
    for item in imports {
      do throws(PlanError) {
        let comment = item.comment ?? ""
        if let package = try PackageDependency(comment: comment, of: item, in: file, folder: folder)
        {
          if !packages.contains(where: { $0.fields == package.fields }) { packages.append(package) }
        } else {
          others.append(item.module)
        }
      } catch {
        issues += error.diagnostics
      }
    }
    return others
  }

  /// The Swift files of a folder.
  static func helpers(in folder: String) -> [HelperFile] {
    Files.names(in: folder).filter { $0.hasSuffix(".swift") && !$0.hasPrefix(".") }.sorted()
      .compactMap { name in
        Files.read("\(folder)/\(name)").map { HelperFile(path: "\(folder)/\(name)", bytes: $0) }
      }
  }
}
