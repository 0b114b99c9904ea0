/// What was built, and from which folders.
struct BuildManifest: Equatable {
  /// Tells the sources from earlier and later ones.
  var stamp: String
  /// Tells the library from a damaged one.
  var library: String
  /// The user's own folders among the sources.
  var folders: [String]

  init(stamp: String, library: String, folders: [String]) {
    self.stamp = stamp
    self.library = library
    self.folders = folders
  }

  /// Reads it; `nil` if nothing was built.
  init?(_ path: String) {
    guard let bytes = Files.read(path) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count >= 2 else { return nil }
    self.init(stamp: lines[0], library: lines[1], folders: Array(lines.dropFirst(2)))
  }

  /// Writes it in one step; whether that worked.
  func write(to path: String) -> Bool {
    Files.replace(path, with: ([stamp, library] + folders).map { "\($0)\n" }.joined())
  }
}
