import DeployRunner

/// Detects changes in folders without reading files.
struct FileStamp {
  private static let depth = 32
  private static let passedOver: Set<String> = ["node_modules"]

  private var hash = SHA256()
  /// The folders that were visited: links may lead to one repeatedly.
  private var seen: Set<String> = []

  /// The stamp of folders.
  ///
  /// - Parameter plans: the folder of the plans, whose plan files do not belong to its package.
  static func of(_ folders: [String], plans: String?) -> String {
    var stamp = FileStamp()
    for folder in folders {
      stamp.hash.update(field: folder)
      stamp.take(folder: folder, isPlans: folder == plans, depth: 0)
    }
    return stamp.hash.hex()
  }

  private mutating func take(folder: String, isPlans: Bool, depth: Int) {
    guard seen.insert(Paths.resolved(folder) ?? folder).inserted else { return }
    for name in Files.names(in: folder).sorted() where !name.hasPrefix(".") {
      if isPlans, name.hasSuffix(".swift"), !name.hasPrefix("Package") { continue }
      let path = "\(folder)/\(name)"
      guard let status = Files.status(path) else { continue }
      if status.isFolder {
        guard depth < Self.depth, !Self.passedOver.contains(name) else { continue }
        take(folder: path, isPlans: false, depth: depth + 1)
      } else {
        hash.update(field: path)
        hash.update(field: status.identity)
      }
    }
  }
}
