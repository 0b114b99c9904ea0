import DeployRunner

/// The few things that the tool does with files.
enum Files {
  /// What tells two versions of a file apart without reading them.
  struct Status {
    var isFolder: Bool
    var isFile: Bool
    var owner: UInt32
    var mode: UInt32
    var size: Int
    var identity: String
    var accessed: Int
    var modified: Int
  }

  static func status(_ path: String) -> Status? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    #if canImport(Darwin)
      let (changed, used) = (info.st_mtimespec, info.st_atimespec)
    #else
      let (changed, used) = (info.st_mtim, info.st_atim)
    #endif
    return Status(
      isFolder: info.st_mode & S_IFMT == S_IFDIR, isFile: info.st_mode & S_IFMT == S_IFREG,
      owner: info.st_uid, mode: UInt32(info.st_mode & 0o7777), size: Int(info.st_size),
      identity:
        "\(info.st_size) \(changed.tv_sec).\(changed.tv_nsec) \(info.st_dev) \(info.st_ino)",
      accessed: used.tv_sec, modified: changed.tv_sec)
  }

  static func isFile(_ path: String) -> Bool { status(path)?.isFile ?? false }

  static func isFolder(_ path: String) -> Bool { status(path)?.isFolder ?? false }

  /// The whole content; `nil` with `errno` set if it cannot be read.
  static func read(_ path: String) -> [UInt8]? { RawFile.bytes(of: path) }

  /// Adds to a file that is there; whether that worked.
  static func append(_ bytes: [UInt8], to path: String) -> Bool {
    let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return write(bytes, to: file)
  }

  /// Writes all of the bytes; whether that worked. Where the other side does not keep up, it is waited
  /// for: whoever else has the pipe or terminal open may have made it non-blocking.
  @discardableResult
  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        #else
          Darwin.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        var room = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        _ = poll(&room, 1, -1)
        continue
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Whether anything is there, be it a link to nothing.
  static func exists(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0
  }

  /// Writes a file that is not there yet; whether that worked.
  static func create(_ path: String, with text: String) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { return false }
    let isWritten = write(Array(text.utf8), to: file)
    return close(file) == 0 && isWritten
  }

  /// Gives a file its content in one step; whether that worked. The same content is left alone.
  static func replace(_ path: String, with text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard read(path) != bytes else { return true }
    // Whoever may write the folder must not guess it, and lead this elsewhere by a link of that name.
    let draft = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { return false }
    let isWritten = write(bytes, to: file)
    guard close(file) == 0, isWritten, rename(draft, path) == 0 else {
      unlink(draft)
      return false
    }
    return true
  }

  /// Makes a link to a file; whether it is there now.
  static func link(_ path: String, to target: String) -> Bool {
    if let real = Paths.resolved(path), real == Paths.resolved(target) { return true }
    unlink(path)
    return symlink(target, path) == 0
  }

  /// Makes a folder and those above it, for the owner alone if nothing else is said; whether it is
  /// there now.
  static func makeFolder(_ path: String, mode: mode_t = 0o700) -> Bool {
    if mkdir(path, mode) == 0 || errno == EEXIST { return isFolder(path) }
    guard errno == ENOENT, let parent = Paths.parent(of: path), makeFolder(parent, mode: mode)
    else {
      return false
    }
    return mkdir(path, mode) == 0 || (errno == EEXIST && isFolder(path))
  }

  /// The names in a folder.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a folder with everything in it; what it links to stays.
  static func removeTree(_ path: String) {
    var info = stat()
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    for name in names(in: path) { removeTree("\(path)/\(name)") }
    rmdir(path)
  }

  /// Whether what is at a path belongs to the user of this process, be it a link.
  static func isOwn(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0 && info.st_uid == geteuid()
  }

  /// Removes the folders in a folder that were changed longest ago.
  ///
  /// - Parameter isMeant: by its name, whether a folder is one of them.
  static func removeOldest(
    in folder: String, keeping count: Int, where isMeant: (String) -> Bool
  ) {
    let folders = names(in: folder).filter(isMeant).compactMap { name in
      status("\(folder)/\(name)").map { (path: "\(folder)/\(name)", status: $0) }
    }.filter { $0.status.isFolder }
    guard folders.count > count else { return }
    let old = folders.sorted { $0.status.modified < $1.status.modified }
    for item in old.prefix(folders.count - count) { removeTree(item.path) }
  }
}
