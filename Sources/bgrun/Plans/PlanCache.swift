import DeployRunner

/// Compiled plans, each under a hash of everything that it depends on.
///
/// An entry is renamed into place when it is complete, and ends with a hash of its content.
struct PlanCache {
  /// Changes when plans are compiled or stored differently.
  private static let format = "3"
  private static let mark = Array("bgrun plan".utf8)
  private static let most = 64

  let folder: String

  /// Opens the cache; `nil` if it cannot be written, or belongs to another user.
  static func open() -> PlanCache? {
    folder("plans").map(PlanCache.init)
  }

  /// A folder in the cache; `nil` if it cannot be written, or belongs to another user.
  static func folder(_ name: String) -> String? {
    guard let root = root.map(Paths.absolute) else { return nil }
    let folder = "\(root)/\(name)"
    guard Files.makeFolder(folder), isOurs(root), isOurs(folder), access(folder, W_OK) == 0,
      let place = Paths.resolved(folder), staysInPlace(place)
    else { return nil }
    return place
  }

  /// Whether only this user and root can replace the folder: the compiler and the loader open it by
  /// its path after it was checked.
  private static func staysInPlace(_ folder: String) -> Bool {
    var path = folder
    while path != "/", let parent = Paths.parent(of: path) {
      // In a world-writable folder with the sticky bit, as /tmp, names belong to their owners.
      guard let around = Files.status(parent), [0, geteuid()].contains(around.owner),
        around.mode & 0o022 == 0 || around.mode & 0o1000 != 0
      else { return false }
      path = parent
    }
    return true
  }

  /// Whether no other user can have written into a folder or put a link in its place.
  private static func isOurs(_ folder: String) -> Bool {
    guard let status = Files.status(folder), Files.isOwn(folder) else { return false }
    return status.owner == geteuid() && status.mode & 0o022 == 0
  }

  private static var root: String? {
    if let own = Paths.variable("BGRUN_CACHE") { return own }
    if let shared = Paths.variable("XDG_CACHE_HOME") { return "\(shared)/bgrun" }
    return Paths.variable("HOME").map { "\($0)/.cache/bgrun" }
  }

  /// The name of a plan's entry.
  static func key(of plan: PlanFile, compiler: PlanCompiler) -> String {
    var hash = SHA256()
    hash.update(field: format)
    hash.update(field: plan.path)
    hash.update(field: compiler.runner.toolchain.identity)
    hash.update(field: compiler.runner.installation.identity)
    hash.update(field: compiler.extras.identity)
    for flag in compiler.keyFlags { hash.update(field: flag) }
    hash.update(plan.bytes)
    return hash.hex()
  }

  /// The file of an entry, whether it exists or not.
  func path(of key: String) -> String { "\(folder)/\(key).so" }

  /// A name that no other process uses, for an entry in the making.
  func draft(of key: String) -> String { "\(folder)/\(key).\(getpid()).tmp" }

  /// The entry's file, if it exists and is undamaged.
  func find(_ key: String) -> String? {
    let path = path(of: key)
    guard let bytes = Files.read(path), Self.isWhole(bytes) else { return nil }
    return path
  }

  /// Turns a draft into an entry.
  ///
  /// - Returns: the entry's file, or `nil` if it could not be stored.
  func keep(_ draft: String, as key: String) -> String? {
    guard let bytes = Files.read(draft), Files.append(Self.seal(bytes), to: draft),
      rename(draft, path(of: key)) == 0
    else {
      unlink(draft)
      return nil
    }
    Self.removeOld(in: folder, keeping: Self.most, suffix: ".so")
    return path(of: key)
  }

  func remove(_ key: String) { unlink(path(of: key)) }

  private static func seal(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return mark + hash.bytes()
  }

  /// Loading a truncated library crashes the process, so its hash is checked first.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    let length = mark.count + 32
    guard bytes.count > length else { return false }
    return Array(bytes.suffix(length)) == seal(Array(bytes.dropLast(length)))
  }

  /// Removes the least recently used entries, and the drafts of compilers that were killed.
  ///
  /// - Parameter suffix: what the names of entries end in.
  static func removeOld(in folder: String, keeping most: Int, suffix: String) {
    let files = Files.names(in: folder).compactMap { name in
      Files.status("\(folder)/\(name)").map { (path: "\(folder)/\(name)", status: $0) }
    }
    let hourAgo = time(nil) - 3600
    for file in files where file.path.hasSuffix(".tmp") && file.status.modified < hourAgo {
      Files.removeTree(file.path)
    }
    let entries = files.filter { $0.path.hasSuffix(suffix) }
    guard entries.count > most else { return }
    let old = entries.sorted { $0.status.accessed < $1.status.accessed }
    for file in old.prefix(entries.count - most) { unlink(file.path) }
  }
}
