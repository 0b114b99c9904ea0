import BgrunSystem
import CBgrun

/// Reads and writes host files; a crash at any moment leaves the old or the new content.
struct HostFiles: Sendable {
  /// The base of relative paths.
  let folder: String

  private func absolute(_ path: String) -> String { Paths.path(path, in: folder) }

  // MARK: Reading

  func snapshot(of path: String) throws -> FileSnapshot {
    let path = Paths.resolvingFolder(of: absolute(path))
    var link: String?
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
      link = Self.target(ofLink: path)
    }
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        return FileSnapshot(path: path, content: .missing, link: link)
      }
      throw Self.failure(path)
    }
    let age = Files.age(of: status)
    if status.st_mode & S_IFMT == S_IFDIR {
      return FileSnapshot(path: path, content: .directory, age: age, link: link)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // Reading a pipe could block, reading a device might never end.
      throw OperationError.file(path: path, reason: "neither a file nor a directory")
    }
    guard let bytes = Files.read(path) else { throw Self.failure(path) }
    return FileSnapshot(path: path, content: .file(bytes), age: age, link: link)
  }

  private static func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  // MARK: Writing

  func write(_ file: FileWrite) throws {
    let path = Paths.resolvingFolder(of: absolute(file.path))
    switch file.method {
    case .rename: try replace(path, with: file.bytes)
    case .inPlace: try overwrite(path, with: file.bytes)
    }
  }

  /// Atomically replaces a file by a new one with the same owner and mode.
  private func replace(_ path: String, with bytes: [UInt8]) throws {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let name = path[path.index(after: slash)...]
    // Hidden and without the suffix `.conf`, so that `include *.conf` never loads it.
    let temporary = "\(path[..<slash])/.\(name).bgrun-\(getpid())"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(temporary) }
    do {
      defer { close(descriptor) }
      var old = stat()
      if stat(path, &old) == 0 {
        _ = fchown(descriptor, old.st_uid, old.st_gid)
        _ = fchmod(descriptor, old.st_mode & 0o7777)
      } else {
        _ = fchmod(descriptor, 0o644)
      }
      try Self.write(bytes, to: descriptor, path: temporary)
      // Restoring its content later must work even on a full disk.
      _ = cbgrun_reserve(descriptor, max(old.st_size, off_t(bytes.count)))
      guard fsync(descriptor) == 0 else { throw Self.failure(temporary) }
      SiteLock.handOver(path, to: descriptor)
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let failure = Self.failure(path)
      unlink(temporary)
      throw failure
    }
    Self.syncFolder(String(path[..<slash]))
  }

  /// Overwrites the same inode. The file is never empty in between: shorter content is first padded
  /// with line feeds to the old length, then truncated. If writing fails (a full disk), the old
  /// content is restored.
  private func overwrite(_ path: String, with bytes: [UInt8]) throws {
    guard let old = Files.read(path) else { throw Self.failure(path) }
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { close(descriptor) }
    do {
      try Self.fill(descriptor, with: bytes, insteadOf: old.count, path: path)
      // Likewise: truncation has released disk space.
      _ = cbgrun_reserve(descriptor, off_t(max(old.count, bytes.count)))
    } catch {
      try? Self.fill(descriptor, with: old, insteadOf: old.count, path: path)
      throw error
    }
  }

  private static func fill(
    _ descriptor: Int32, with bytes: [UInt8], insteadOf length: Int, path: String
  ) throws {
    let padding = [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, length - bytes.count))
    try write(bytes + padding, to: descriptor, path: path)
    guard fsync(descriptor) == 0, ftruncate(descriptor, off_t(bytes.count)) == 0,
      fsync(descriptor) == 0
    else { throw failure(path) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    let problem = Files.fill(descriptor, with: bytes)
    guard problem == 0 else {
      throw OperationError.file(path: path, reason: String(cString: strerror(problem)))
    }
  }

  private static func syncFolder(_ path: String) {
    try? OpenFile.open(path.isEmpty ? "/" : path, O_RDONLY)?.sync()
  }

  private static func failure(_ path: String) -> OperationError {
    .file(path: path, reason: String(cString: strerror(errno)))
  }
}
