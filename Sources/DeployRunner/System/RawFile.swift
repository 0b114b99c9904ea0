import CBgrun

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads and writes whole files by their descriptors.
package enum RawFile {
  /// The content of a file; `nil` with `errno` set if it cannot be read.
  package static func bytes(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return bytes(from: descriptor)
  }

  /// What an open file still holds; `nil` with `errno` set if it cannot be read.
  static func bytes(from descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes all bytes, beginning at a place in the file; returns 0, or why it failed.
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
}
