import DeployRunner

/// A plan's source file.
struct PlanFile {
  /// The path as it was typed.
  let typed: String
  /// The path from the root.
  let absolute: String
  let bytes: [UInt8]

  /// Reads a plan's file.
  init(_ typed: String) throws(ToolError) {
    self.typed = typed
    absolute = Paths.absolute(typed)
    guard let status = Files.status(typed) else {
      throw ToolError(
        "there is no file \(typed)",
        fix: Self.suggestion(for: typed) ?? "name a plan, for example Plans/grafana.swift")
    }
    guard status.isFile else {
      throw ToolError("\(typed) is a folder, not a plan", fix: "name a .swift file in it")
    }
    guard typed.hasSuffix(".swift") else {
      throw ToolError(
        "\(typed) is no plan", fix: "plans are Swift files: give it a name with .swift")
    }
    guard let bytes = Files.read(typed) else {
      throw ToolError("\(typed) cannot be read", fix: "check its permissions")
    }
    self.bytes = bytes
  }

  /// A plan of a similar name in the same folder.
  private static func suggestion(for typed: String) -> String? {
    guard let folder = Paths.parent(of: typed) else { return nil }
    let name = typed.split(separator: "/").last.map(String.init) ?? typed
    let known = Files.names(in: folder).filter { $0.hasSuffix(".swift") }
    return Spelling.nearest(to: name, among: known).map { name in
      "did you mean \(folder == "." ? "" : folder + "/")\(name)?"
    }
  }
}
