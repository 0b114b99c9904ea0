import BgrunSystem
import CBgrun

// Inside `Files`, its members shadow the system calls.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, buffer, count)
}

private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, buffer, count)
}

/// Operations on whole files and folders by path.
package enum Files {
  // MARK: Attributes

  /// Attributes that tell two versions of a file apart without reading them.
  package struct Status {
    package var isFolder: Bool
    package var isFile: Bool
    package var owner: UInt32
    package var mode: UInt32
    package var identity: String
    package var accessed: Int
    package var modified: Int
  }

  package static func status(_ path: String) -> Status? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    let (modified, accessed) = (cbgrun_modified(&info), cbgrun_accessed(&info))
    return Status(
      isFolder: info.st_mode & S_IFMT == S_IFDIR, isFile: info.st_mode & S_IFMT == S_IFREG,
      owner: info.st_uid, mode: UInt32(info.st_mode & 0o7777),
      identity:
        "\(info.st_size) \(modified) \(info.st_dev) \(info.st_ino)",
      accessed: Int(accessed / 1_000_000_000), modified: Int(modified / 1_000_000_000))
  }

  /// How long ago the file of a status was last changed.
  static func age(of status: stat) -> Duration {
    var status = status
    // The clock may have been set back meanwhile.
    return max(.zero, .nanoseconds(cbgrun_now() - cbgrun_changed(&status)))
  }

  package static func isFile(_ path: String) -> Bool { status(path)?.isFile ?? false }

  package static func isFolder(_ path: String) -> Bool { status(path)?.isFolder ?? false }

  /// Whether anything exists at a path, including a dangling link.
  package static func exists(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0
  }

  /// Whether this user owns what is at a path; links are not followed.
  package static func isOwn(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0 && info.st_uid == geteuid()
  }

  /// The names in a folder.
  package static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// The files at or below a path, in order, without those of tools.
  ///
  /// - Parameter depth: how many folders deep.
  package static func paths(below path: String, depth: Int) -> [String] {
    if isFile(path) { return [path] }
    guard depth > 0 else { return [] }
    let names = names(in: path).filter { !$0.hasPrefix(".") && $0 != "node_modules" }
    return names.sorted().flatMap { paths(below: "\(path)/\($0)", depth: depth - 1) }
  }

  // MARK: Reading and writing

  /// The content of a file; `nil` with `errno` set if it cannot be read.
  package static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return read(from: descriptor)
  }

  /// The rest of an open file; `nil` with `errno` set if it cannot be read.
  package static func read(from descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = readBytes(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes all bytes from an offset; returns 0 or the `errno`.
  static func fill(_ descriptor: Int32, with bytes: [UInt8], at start: Int = 0) -> Int32 {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { rest in
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(start + offset))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : ENOSPC }
      offset += count
    }
    return 0
  }

  /// Writes all bytes to a descriptor; returns whether that worked. Waits for a slow reader even if
  /// another process has made the pipe or terminal non-blocking.
  @discardableResult
  package static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        var room = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        _ = poll(&room, 1, -1)
        continue
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Creates a file that does not exist yet; returns whether that worked.
  package static func create(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o666
  ) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode))
    guard file >= 0 else { return false }
    let isWritten = write(bytes, to: file)
    return close(file) == 0 && isWritten
  }

  /// Appends to an existing file; returns whether that worked.
  package static func append(_ bytes: [UInt8], to path: String) -> Bool {
    let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return write(bytes, to: file)
  }

  /// Replaces a file's content atomically; returns whether that worked. Identical content is not
  /// written again.
  package static func replace(_ path: String, with text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard read(path) != bytes else { return true }
    // An unguessable name: another user with write access to the folder could plant a link there.
    let draft = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
    guard create(draft, with: bytes, mode: 0o644), rename(draft, path) == 0 else {
      unlink(draft)
      return false
    }
    return true
  }

  /// Creates a link to a file; returns whether it exists now.
  package static func link(_ path: String, to target: String) -> Bool {
    if let real = Paths.resolved(path), real == Paths.resolved(target) { return true }
    unlink(path)
    return symlink(target, path) == 0
  }

  // MARK: Folders

  /// Creates a folder and its parents; returns whether it exists now.
  package static func makeFolder(_ path: String, mode: UInt32 = 0o700) -> Bool {
    if mkdir(path, mode_t(mode)) == 0 || errno == EEXIST { return isFolder(path) }
    guard errno == ENOENT, let parent = Paths.parent(of: path), makeFolder(parent, mode: mode)
    else { return false }
    return mkdir(path, mode_t(mode)) == 0 || (errno == EEXIST && isFolder(path))
  }

  /// Removes a file, or a folder with its contents; links are not followed.
  package static func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Copies a folder with its files; what vanishes meanwhile is left out.
  package static func copyTree(_ folder: String, to copy: String) {
    guard let own = status(folder), makeFolder(copy, mode: own.mode) else { return }
    for name in names(in: folder) {
      let (from, to) = ("\(folder)/\(name)", "\(copy)/\(name)")
      guard let file = status(from) else { continue }
      if file.isFolder {
        copyTree(from, to: to)
      } else if file.isFile, let bytes = read(from) {
        _ = create(to, with: bytes, mode: file.mode)
      }
    }
  }

  /// Removes the least recently modified subfolders of a folder.
  ///
  /// - Parameter isCandidate: whether a folder with this name may be removed.
  package static func removeOldest(
    in folder: String, keeping count: Int, where isCandidate: (String) -> Bool
  ) {
    let folders = names(in: folder).filter(isCandidate).compactMap { name in
      status("\(folder)/\(name)").map { (path: "\(folder)/\(name)", status: $0) }
    }.filter { $0.status.isFolder }
    let old = folders.sorted { $0.status.modified < $1.status.modified }
    for item in old.dropLast(count) { removeTree(item.path) }
  }
}
