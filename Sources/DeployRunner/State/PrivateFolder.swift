import DeployDSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder that only its owner may enter, held open: what is done in it is done in this very
/// folder, whatever happens to its path meanwhile.
package struct PrivateFolder: Sendable {
  /// Where it is, for messages.
  package let path: String
  let file: OpenFile

  /// Opens a folder.
  ///
  /// - Throws: a failure with its fix if it is a symbolic link, somebody else's, writable by others
  ///   or not there.
  init(path: String) throws(StepFailure) {
    try self.init(at: AT_FDCWD, path, path: path)
  }

  private init(at parent: Int32, _ name: String, path: String) throws(StepFailure) {
    let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.reason(errno, parent, name, path) }
    self.path = path
    file = OpenFile(descriptor, path: path)
    let status = try file.status()
    guard status.st_uid == geteuid() else {
      throw StateTrouble.stranger(path, owner: ThisHost.name(of: status.st_uid))
    }
    guard status.st_mode & 0o022 == 0 else { throw StateTrouble.writableByOthers(path) }
    // Output of commands lies in here: nobody else's business.
    if status.st_mode & 0o077 != 0 { _ = fchmod(descriptor, 0o700) }
  }

  private static func reason(
    _ problem: Int32, _ parent: Int32, _ name: String, _ path: String
  ) -> StepFailure {
    var status = stat()
    guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      return StateTrouble.cannot("open", path, problem)
    }
    switch status.st_mode & S_IFMT {
    case S_IFLNK: return StateTrouble.symlink(path)
    case S_IFDIR: return StateTrouble.cannot("open", path, problem)
    default: return StateTrouble.noFolder(path)
    }
  }

  /// Opens a folder, and makes it if it is not there.
  static func making(path: String) throws(StepFailure) -> PrivateFolder {
    try make(at: AT_FDCWD, path, path: path)
    return try PrivateFolder(path: path)
  }

  private static func make(at parent: Int32, _ name: String, path: String) throws(StepFailure) {
    guard mkdirat(parent, name, 0o700) == 0 || errno == EEXIST else {
      throw StateTrouble.cannot("make", path)
    }
  }

  /// Opens a folder inside, and makes it if it is not there.
  func folder(_ name: String) throws(StepFailure) -> PrivateFolder {
    try Self.check(name)
    try Self.make(at: file.descriptor, name, path: "\(path)/\(name)")
    _ = fsync(file.descriptor)
    return try PrivateFolder(at: file.descriptor, name, path: "\(path)/\(name)")
  }

  /// Opens a folder inside; `nil` if it is not there.
  func existingFolder(_ name: String) throws(StepFailure) -> PrivateFolder? {
    try Self.check(name)
    var status = stat()
    if fstatat(file.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0, errno == ENOENT {
      return nil
    }
    return try PrivateFolder(at: file.descriptor, name, path: "\(path)/\(name)")
  }

  /// Whether there is anything at a path, be it a link to nowhere.
  static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Names come from plans and command lines: they must not lead out of the folder.
  static func check(_ name: String) throws(StepFailure) {
    let isPlain = name.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
    guard isPlain, let first = name.utf8.first, first != UInt8(ascii: "."),
      first != UInt8(ascii: "-"), name.utf8.count <= 200
    else { throw StateTrouble.badName(name) }
  }

  /// Whether its path still leads to this folder.
  var isInPlace: Bool {
    var there = stat()
    guard let here = try? file.status(), lstat(path, &there) == 0 else { return false }
    return here.st_ino == there.st_ino && here.st_dev == there.st_dev
  }
}
