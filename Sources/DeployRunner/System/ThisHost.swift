#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Who runs bgrun, and where.
package enum ThisHost {
  /// The user; with `sudo`, the one who called it.
  package static var user: String {
    if geteuid() == 0, let name = getenv("SUDO_USER").map({ String(cString: $0) }), !name.isEmpty {
      return name
    }
    return account
  }

  /// The account that owns created files.
  static var account: String { name(of: geteuid()) }

  /// An account's name, or its UID if it has none.
  static func name(of user: uid_t) -> String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 * 1024)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "uid \(user)" }
    return String(cString: name)
  }

  /// The host name.
  package static var name: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this machine" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
