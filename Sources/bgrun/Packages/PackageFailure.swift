import DeployRunner

/// What SwiftPM refused: its own words under one line of ours.
struct PackageFailure {
  let packages: StepPackages
  let output: String

  init(packages: StepPackages, _ ending: CommandResult) {
    self.packages = packages
    output = ending.text
  }

  /// The error.
  ///
  /// - Parameter what: what the package does not do: "does not build".
  /// - Throws: ``ToolError`` if it cannot be found out.
  func refusal(_ what: String) throws(ToolError) -> ToolError {
    if let (need, product) = missingProduct { return try refusal(of: product, need) }
    let need = blamed
    let who = need.map { "\($0.place): the package \($0.identity)" } ?? packages.names
    return ToolError(
      "\(who) \(what)", fix: "nothing was run", details: SwiftPMText(output).problems)
  }

  private func refusal(
    of product: String, _ need: PackageDependency
  ) throws(ToolError) -> ToolError {
    let offered = try libraries(of: need)
    let near = EditDistance.nearest(to: product, among: offered)
    let fix =
      if let near {
        "did you mean 'import \(near)'?"
      } else if offered.isEmpty {
        "the package must offer a library of that name"
      } else {
        "it offers \(offered.joined(separator: ", ")); if the module is in one of them, write "
          + "package(…, product: \"\(offered[0])\")"
      }
    return ToolError(
      "\(need.place): the package \(need.identity) has no library '\(product)'", fix: fix,
      details: SwiftPMText(output).problems)
  }

  /// The need that a missing product was asked for by.
  private var missingProduct: (PackageDependency, String)? {
    guard output.contains(" not found in package ") else { return nil }
    for need in packages.needs {
      guard case .named(let name) = need.products else { continue }
      if output.contains("product '\(name)' required by package") { return (need, name) }
    }
    return nil
  }

  /// The need that the words speak of.
  private var blamed: PackageDependency? {
    packages.needs.first { need in
      switch need.origin {
      case .folder(let path): output.contains("'\(need.identity)'") || output.contains("\(path)/")
      case .repository(let url, _):
        output.contains("'\(need.identity)'") || output.contains(Self.shown(url))
          || output.contains("/checkouts/\(need.identity)/")
      }
    } ?? (packages.needs.count == 1 ? packages.needs.first : nil)
  }

  /// SwiftPM shows `file:///srv/steps` as a path.
  private static func shown(_ url: String) -> String {
    url.hasPrefix("file://") ? String(url.dropFirst(7)) : url
  }

  /// What the package offers, asked of its manifest.
  private func libraries(of need: PackageDependency) throws(ToolError) -> [String] {
    let path =
      switch need.origin {
      case .folder(let path): path
      case .repository: "\(packages.folder.scratch)/checkouts/\(checkout(of: need))"
      }
    let arguments = ["package", "--package-path", path, "dump-package"]
    let ending = try packages.workshop.swift(arguments)
    guard ending.succeeded else { return [] }
    return PackageManifest(dump: ending.output)?.libraries ?? []
  }

  private func checkout(of need: PackageDependency) -> String {
    let names = Files.names(in: "\(packages.folder.scratch)/checkouts")
    return names.first { $0.lowercased() == need.identity } ?? need.identity
  }
}
