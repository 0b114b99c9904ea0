import DeployRunner

/// The files of a simulated host, with inodes: a mounted file follows its inode, not its name.
struct SimulatedFiles: Sendable {
  /// The kind of a directory entry.
  enum Entry: Sendable {
    case file(inode: Int)
    case link(target: String)
    case directory
  }

  /// A file's content and modification time.
  struct Inode: Hashable, Sendable {
    var bytes: [UInt8]
    var changed: Duration
    /// Its allocated space: content that fits can be written even if the disk is full.
    var blocks = 0
  }

  static let block = 4096

  let folder: String
  private(set) var entries: [String: Entry] = [:]
  private(set) var inodes: [Int: Inode] = [:]
  /// Paths that cannot be written, with the reason.
  var unwritable: [String: String] = [:]
  /// Whether the disk has no free blocks and inodes.
  var isFull = false

  init(folder: String) {
    self.folder = folder
    entries[folder] = .directory
  }

  /// The absolute path without `.` and `..`.
  func absolute(_ path: String) -> String {
    Paths.tidy(Paths.path(path, in: folder))
  }

  /// The path after following symbolic links, 8 at most.
  func resolved(_ path: String) -> String {
    var path = absolute(path)
    for _ in 0..<8 {
      guard case .link(let target) = entries[path] else { return path }
      path = absolute(Paths.path(target, in: Self.parent(of: path)))
    }
    return path
  }

  static func parent(of path: String) -> String {
    Paths.parent(of: path) ?? "/"
  }

  func inode(at path: String) -> Int? {
    if case .file(let inode) = entries[resolved(path)] { inode } else { nil }
  }

  func bytes(at path: String) -> [UInt8]? { inode(at: path).flatMap { inodes[$0]?.bytes } }

  func isDirectory(_ path: String) -> Bool {
    let path = resolved(path)
    if case .directory = entries[path] { return true }
    return entries.keys.contains { $0.hasPrefix(path + "/") }
  }

  /// Whether an entry itself, not what a link leads to, is a folder.
  func isFolder(_ entry: String) -> Bool {
    if case .directory = entries[entry] { true } else { false }
  }

  func snapshot(_ path: String, at now: Duration) -> FileSnapshot {
    let name = absolute(path)
    var snapshot = FileSnapshot(path: name, content: .missing)
    if case .link(let target) = entries[name] { snapshot.link = target }
    if let inode = inode(at: path).flatMap({ inodes[$0] }) {
      snapshot.content = .file(inode.bytes)
      snapshot.age = now - inode.changed
    } else if isDirectory(path) {
      snapshot.content = .directory
    }
    return snapshot
  }

  /// Writes a file; returns the reason if the file system refuses.
  mutating func write(
    _ bytes: [UInt8], to path: String, method: FileWrite.Method, at now: Duration
  ) -> String? {
    let path = method == .inPlace ? resolved(path) : absolute(path)
    if let reason = unwritable[path] { return reason }
    if isDirectory(path) { return "Is a directory" }
    guard isDirectory(Self.parent(of: path)) else { return "No such file or directory" }
    if method == .inPlace, case .file(let inode) = entries[path], let old = inodes[inode] {
      // Space that an earlier, longer content needed stays allocated.
      let blocks = max(old.blocks, Self.blocks(of: bytes))
      if isFull, blocks > old.blocks { return Self.noSpace }
      inodes[inode] = Inode(bytes: bytes, changed: now, blocks: blocks)
    } else {
      if isFull { return Self.noSpace }
      put(bytes, at: path, changed: now)
    }
    return nil
  }

  private static let noSpace = "No space left on device"

  private static func blocks(of bytes: [UInt8]) -> Int { (bytes.count + block - 1) / block }

  /// Creates a file with a new inode, and its parent folders.
  mutating func put(_ bytes: [UInt8], at path: String, changed: Duration) {
    let path = absolute(path)
    let inode = (inodes.keys.max() ?? 0) + 1
    let old = self.inode(at: path).flatMap { inodes[$0]?.blocks } ?? 0
    inodes[inode] = Inode(
      bytes: bytes, changed: changed, blocks: max(old, Self.blocks(of: bytes)))
    remove(path)
    entries[path] = .file(inode: inode)
    makeDirectory(Self.parent(of: path))
  }

  mutating func link(_ path: String, to target: String) {
    remove(path)
    entries[absolute(path)] = .link(target: target)
  }

  mutating func makeDirectory(_ path: String) {
    var path = absolute(path)
    while path != "/" {
      if entries[path] == nil { entries[path] = .directory }
      path = Self.parent(of: path)
    }
  }

  mutating func age(by time: Duration) {
    for inode in inodes.keys { inodes[inode]?.changed -= time }
  }

  /// Removes an entry and everything below it; mounted inodes stay.
  mutating func remove(_ path: String) {
    let path = absolute(path)
    entries = entries.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
  }
}
