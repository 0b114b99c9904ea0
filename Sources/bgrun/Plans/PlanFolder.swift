import DeployRunner

/// A folder of plans.
struct PlanFolder {
  /// The folder as it was named.
  let typed: String

  init(_ typed: String) { self.typed = typed }

  /// Its plans, by name: each Swift file in it except package manifests.
  var plans: [PlanFile] {
    let names = Files.names(in: typed).filter { name in
      name.hasSuffix(".swift") && !name.hasPrefix(".") && name != "Package.swift"
        && !name.hasPrefix("Package@")
    }
    return names.sorted().compactMap { PlanFile(reading: path(of: $0)) }
  }

  /// The path of a file in it, as a person would type it.
  func path(of name: String) -> String {
    typed == "." ? name : typed.hasSuffix("/") ? typed + name : "\(typed)/\(name)"
  }
}
