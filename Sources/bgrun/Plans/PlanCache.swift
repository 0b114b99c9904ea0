import DeployDSL
import DeployRunner

/// Compiled plans, kept under a name made of everything that matters.
///
/// An entry appears by a rename, whole or not at all, and ends with a hash of itself.
struct PlanCache {
  /// Changes with the way in which plans are compiled and kept.
  private static let format = "3"
  private static let mark = Array("bgrun plan".utf8)
  private static let most = 64

  let folder: String

  /// Opens the cache; `nil` if it cannot be written, or is another user's.
  static func open() -> PlanCache? {
    folder("plans").map(PlanCache.init)
  }

  /// A folder in the cache; `nil` if it cannot be written, or is another user's.
  static func folder(_ name: String) -> String? {
    guard let root = root.map(Paths.absolute) else { return nil }
    let folder = "\(root)/\(name)"
    guard Files.makeFolder(folder), isOurs(root), isOurs(folder), access(folder, W_OK) == 0,
      let place = Paths.resolved(folder), staysInPlace(place)
    else { return nil }
    return place
  }

  /// Whether nobody but this user and root can put another folder in its place: it is opened by its
  /// path, by the compiler and the loader too, after it was looked at.
  private static func staysInPlace(_ folder: String) -> Bool {
    var path = folder
    while path != "/", let parent = Paths.parent(of: path) {
      // Where everybody may write, as in /tmp, names are often left to their owners.
      guard let around = Files.status(parent), [0, geteuid()].contains(around.owner),
        around.mode & 0o022 == 0 || around.mode & 0o1000 != 0
      else { return false }
      path = parent
    }
    return true
  }

  /// Whether nobody else can have put anything into a folder, or a link in its place.
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
    hash.update(field: compiler.toolchain.identity)
    hash.update(field: compiler.installation.identity)
    hash.update(field: compiler.extras.identity)
    for flag in compiler.keyFlags { hash.update(field: flag) }
    hash.update(plan.bytes)
    return hash.hex()
  }

  /// The file of an entry, whether it is there or not.
  func path(of key: String) -> String { "\(folder)/\(key).so" }

  /// A name that no other process uses, for an entry in the making.
  func draft(of key: String) -> String { "\(folder)/\(key).\(getpid()).tmp" }

  /// The entry's file, if it is there and undamaged.
  func find(_ key: String) -> String? {
    let path = path(of: key)
    guard let bytes = Files.read(path), Self.isWhole(bytes) else { return nil }
    return path
  }

  /// Makes a draft an entry.
  ///
  /// - Returns: the entry's file, or `nil` if it could not be kept.
  func keep(_ draft: String, as key: String) -> String? {
    guard let bytes = Files.read(draft), Files.append(Self.seal(bytes), to: draft),
      rename(draft, path(of: key)) == 0
    else {
      unlink(draft)
      return nil
    }
    removeOld()
    return path(of: key)
  }

  func remove(_ key: String) { unlink(path(of: key)) }

  private static func seal(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return mark + hash.bytes()
  }

  /// A library that lost its end crashes whoever loads it, so that loading is no test.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    let length = mark.count + 32
    guard bytes.count > length else { return false }
    return Array(bytes.suffix(length)) == seal(Array(bytes.dropLast(length)))
  }

  /// Removes the entries that have not been used for longest, and what an ended compiler left.
  private func removeOld() {
    let files = Files.names(in: folder).compactMap { name in
      Files.status("\(folder)/\(name)").map { (path: "\(folder)/\(name)", status: $0) }
    }
    let hourAgo = time(nil) - 3600
    for file in files where file.path.hasSuffix(".tmp") && file.status.modified < hourAgo {
      unlink(file.path)
    }
    let entries = files.filter { $0.path.hasSuffix(".so") }
    guard entries.count > Self.most else { return }
    let old = entries.sorted { $0.status.accessed < $1.status.accessed }
    for file in old.prefix(entries.count - Self.most) { unlink(file.path) }
  }
}
