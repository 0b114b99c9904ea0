/// Paths as texts.
enum Paths {
  /// The path from the root; links and `..` stay as they are.
  static func absolute(_ path: String) -> String {
    var parts = path.hasPrefix("/") ? [] : current.split(separator: "/").map(String.init)
    parts += path.split(separator: "/").filter { $0 != "." }.map(String.init)
    return "/" + parts.joined(separator: "/")
  }

  /// The folder that the process works in.
  static var current: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The path without `.`, `..` and doubled slashes, as texts: links are not looked at.
  static func tidy(_ path: String) -> String {
    let parts = path.split(separator: "/").reduce(into: [Substring]()) { parts, part in
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The folder that a path lies in; `nil` for the root.
  static func parent(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    let parent = path[..<slash]
    if parent.isEmpty { return path.count > 1 ? "/" : nil }
    return String(parent)
  }

  /// The path without links; `nil` if nothing is there.
  static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The file of the running program.
  static var executable: String? {
    #if os(Linux)
      return resolved("/proc/self/exe")
    #else
      var size: UInt32 = 4096
      var buffer = [CChar](repeating: 0, count: Int(size))
      guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
      return buffer.withUnsafeBufferPointer {
        $0.baseAddress.flatMap { resolved(String(cString: $0)) }
      }
    #endif
  }

  /// A variable of the environment; an empty one counts as absent.
  static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
