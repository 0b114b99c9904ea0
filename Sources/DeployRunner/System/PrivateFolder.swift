import BgrunSystem
import DeployDSL

/// A folder that only its owner, or also the members of one group, may enter. It is held open, so
/// that every operation affects this very folder whatever happens to its path.
///
/// It is shared if its group may write to it. It is created shared if the group may write to its
/// parent: such a group could replace the state folder, and the plan, anyway.
package struct PrivateFolder: Sendable {
  /// Its path, for messages.
  package let path: String
  let file: OpenFile
  /// The group that it is shared with; `nil` if it is private to its owner.
  private let group: gid_t?

  /// Opens a folder.
  ///
  /// - Throws: an error with its fix if it is a symbolic link, owned by another user and not
  ///   shared, world-writable or missing.
  init(path: String) throws(DeployError) {
    try self.init(at: AT_FDCWD, path, path: path)
  }

  private init(at parent: Int32, _ name: String, path: String) throws(DeployError) {
    let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.reason(errno, parent, name, path) }
    self.path = path
    file = OpenFile(descriptor, path: path)
    let status = try file.status()
    guard status.st_mode & 0o002 == 0 else { throw StateErrorClassifier.writableByOthers(path) }
    let isShared = status.st_mode & 0o020 != 0
    group = isShared ? status.st_gid : nil
    guard status.st_uid != geteuid() else {
      // It holds command output, which other users must not read.
      let kept = status.st_mode & (isShared ? 0o7770 : 0o700)
      if kept != status.st_mode & 0o7777 { _ = fchmod(descriptor, kept) }
      return
    }
    var parentStatus = stat()
    // In a world-writable parent, any user may have created this folder.
    guard isShared, fstatat(descriptor, "..", &parentStatus, 0) == 0,
      parentStatus.st_mode & 0o002 == 0
    else {
      throw StateErrorClassifier.stranger(path, owner: ThisHost.name(of: status.st_uid))
    }
  }

  private static func reason(
    _ problem: Int32, _ parent: Int32, _ name: String, _ path: String
  ) -> DeployError {
    var status = stat()
    guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      return StateErrorClassifier.cannot("open", path, problem)
    }
    switch status.st_mode & S_IFMT {
    case S_IFLNK: return StateErrorClassifier.symlink(path)
    case S_IFDIR: return StateErrorClassifier.cannot("open", path, problem)
    default: return StateErrorClassifier.noFolder(path)
    }
  }

  /// Opens a folder, creating it if necessary.
  static func making(path: String) throws(DeployError) -> PrivateFolder {
    if try make(at: AT_FDCWD, path, path: path) {
      var parentStatus = stat()
      let new = try PrivateFolder(path: path)
      if fstatat(new.file.descriptor, "..", &parentStatus, 0) == 0,
        parentStatus.st_mode & 0o022 == 0o020
      {
        share(new.file, with: parentStatus.st_gid, mode: 0o2770)
      }
    }
    return try PrivateFolder(path: path)
  }

  /// Creates a folder; returns whether it did not exist.
  private static func make(at parent: Int32, _ name: String, path: String) throws(DeployError)
    -> Bool
  {
    if mkdirat(parent, name, 0o700) == 0 { return true }
    guard errno == EEXIST else { throw StateErrorClassifier.cannot("create", path) }
    return false
  }

  /// Opens a subfolder, creating it if necessary.
  func folder(_ name: String) throws(DeployError) -> PrivateFolder {
    try Self.check(name)
    let path = "\(path)/\(name)"
    if try Self.make(at: file.descriptor, name, path: path) {
      share(try PrivateFolder(at: file.descriptor, name, path: path).file, mode: 0o2770)
      _ = fsync(file.descriptor)
    }
    return try PrivateFolder(at: file.descriptor, name, path: path)
  }

  /// Shares a new entry with this folder's group, if there is one.
  func share(_ new: OpenFile, mode: mode_t) {
    if let group { Self.share(new, with: group, mode: mode) }
  }

  private static func share(_ new: OpenFile, with group: gid_t, mode: mode_t) {
    // An existing file of another group member cannot be changed, and need not be.
    guard fchown(new.descriptor, uid_t.max, group) == 0 else { return }
    _ = fchmod(new.descriptor, mode)
  }

  /// Opens a subfolder; `nil` if it does not exist.
  func existingFolder(_ name: String) throws(DeployError) -> PrivateFolder? {
    try Self.check(name)
    var status = stat()
    if fstatat(file.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0, errno == ENOENT {
      return nil
    }
    return try PrivateFolder(at: file.descriptor, name, path: "\(path)/\(name)")
  }

  /// Names come from plans and command lines: they must not escape the folder.
  static func check(_ name: String) throws(DeployError) {
    let isPlain = name.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
    guard isPlain, let first = name.utf8.first, first != UInt8(ascii: "."),
      first != UInt8(ascii: "-"), name.utf8.count <= 200
    else { throw StateErrorClassifier.badName(name) }
  }

  /// Whether its path still refers to this folder.
  var isInPlace: Bool {
    var there = stat()
    guard let here = try? file.status(), lstat(path, &there) == 0 else { return false }
    return here.st_ino == there.st_ino && here.st_dev == there.st_dev
  }
}
