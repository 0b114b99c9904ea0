#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Who runs bgrun, and where.
package enum ThisHost {
  /// The person: the one who called `sudo`, if it was called.
  package static var user: String {
    if geteuid() == 0, let name = getenv("SUDO_USER").map({ String(cString: $0) }), !name.isEmpty {
      return name
    }
    return account
  }

  /// The account that files belong to.
  static var account: String { name(of: geteuid()) }

  /// An account's name, or its number if it has none.
  static func name(of user: uid_t) -> String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 * 1024)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "uid \(user)" }
    return String(cString: name)
  }

  /// The machine's name.
  package static var name: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this machine" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
