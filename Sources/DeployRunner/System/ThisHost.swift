import BgrunSystem

/// Who runs bgrun, and where.
package enum ThisHost {
  /// The variable that names who started this process from another machine: `ann@laptop`.
  package static let caller = "BGRUN_CALLER"

  /// Whether another machine has started this process.
  static var isCalled: Bool { Paths.variable(caller) != nil }

  /// The user; with `sudo`, the one who called it; from another machine, also the one there:
  /// `ann@laptop as deploy`.
  package static var user: String {
    let here = localUser
    let caller = getenv(Self.caller).map { String(cString: $0).showable } ?? ""
    return caller.isEmpty ? here : "\(caller) as \(here)"
  }

  private static var localUser: String {
    if geteuid() == 0, let name = getenv("SUDO_USER").map({ String(cString: $0) }), !name.isEmpty {
      return name
    }
    return account
  }

  /// How many processors it has.
  package static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

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

  /// The processor architecture, as the kernel names it: `x86_64`.
  package static var architecture: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return withUnsafeBytes(of: &names.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The host name.
  package static var name: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this machine" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
