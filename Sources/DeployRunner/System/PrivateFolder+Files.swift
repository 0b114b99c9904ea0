import BgrunSystem
package import DeployDSL
import Synchronization

extension PrivateFolder {
  private func place(of name: String) -> String { "\(path)/\(name)" }

  /// Opens a file inside, without following symbolic links, with close-on-exec.
  package func open(_ name: String, _ flags: Int32) throws(DeployError) -> OpenFile {
    let descriptor = openat(file.descriptor, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateErrorClassifier.cannot("open", place(of: name)) }
    let open = OpenFile(descriptor, path: place(of: name))
    if flags & O_CREAT != 0 { share(open, mode: 0o660) }
    return open
  }

  /// The content of a file; `nil` if it does not exist.
  package func read(_ name: String) throws(DeployError) -> [UInt8]? {
    // A FIFO in place of a file must not block bgrun.
    let descriptor = openat(
      file.descriptor, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw StateErrorClassifier.cannot("read", place(of: name)) }
    let open = OpenFile(descriptor, path: place(of: name))
    guard let bytes = Files.read(from: descriptor) else {
      throw StateErrorClassifier.cannot("read", open.path)
    }
    return bytes
  }

  /// Replaces a file's content: a crash leaves either the old or the new content.
  ///
  /// - Parameter durably: whether the new content must also survive a power failure.
  package func write(
    _ name: String, _ bytes: [UInt8], durably: Bool = true
  ) throws(DeployError) {
    let temporary = Self.temporary(name)
    unlinkat(file.descriptor, temporary, 0)
    do throws(DeployError) {
      let new = try open(temporary, O_WRONLY | O_CREAT | O_EXCL)
      try Self.fill(new, with: bytes)
      if durably { try new.sync() }
      guard renameat(file.descriptor, temporary, file.descriptor, name) == 0 else {
        throw StateErrorClassifier.cannot("write", place(of: name))
      }
    } catch {
      unlinkat(file.descriptor, temporary, 0)
      throw error
    }
    if durably { try file.sync() }
  }

  private static let count = Atomic(0)

  /// A unique name: one process may deploy several applications.
  private static func temporary(_ name: String) -> String {
    ".\(name).\(getpid())-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  static func fill(
    _ open: OpenFile, with bytes: [UInt8], at start: Int = 0
  ) throws(DeployError) {
    let problem = Files.fill(open.descriptor, with: bytes, at: start)
    guard problem == 0 else { throw StateErrorClassifier.cannot("write", open.path, problem) }
  }

  /// Creates a named pipe and opens it, to read what other processes write into it.
  func makePipe(_ name: String) throws(DeployError) -> OpenFile {
    guard mkfifoat(file.descriptor, name, 0o600) == 0 || errno == EEXIST else {
      throw StateErrorClassifier.cannot("create", place(of: name))
    }
    // It has an end only for a process that cannot write.
    let pipe = try open(name, O_RDWR)
    share(pipe, mode: 0o660)
    return pipe
  }

  /// Removes a file, if it exists.
  package func remove(_ name: String) throws(DeployError) {
    guard unlinkat(file.descriptor, name, 0) == 0 || errno == ENOENT else {
      throw StateErrorClassifier.cannot("remove", place(of: name))
    }
    try file.sync()
  }

  /// The sorted names of its entries, without hidden ones.
  package func names() throws(DeployError) -> [String] {
    let copy = openat(file.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else {
      if copy >= 0 { close(copy) }
      throw StateErrorClassifier.cannot("list", path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Checks for free space by allocating some: better to fail now than midway.
  func checkRoom(for bytes: Int) throws(DeployError) {
    let name = Self.temporary("room")
    unlinkat(file.descriptor, name, 0)
    defer { unlinkat(file.descriptor, name, 0) }
    let probe = try open(name, O_WRONLY | O_CREAT | O_EXCL)
    // Not zeros: some file systems store them as holes.
    try Self.fill(probe, with: [UInt8](repeating: 167, count: bytes))
    try probe.sync()
  }
}
