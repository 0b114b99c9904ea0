import BgrunSystem

/// Path operations, and the paths of this process.
package enum Paths {
  /// The absolute path; links and `..` are kept.
  package static func absolute(_ path: String) -> String {
    var parts = path.hasPrefix("/") ? [] : current.split(separator: "/").map(String.init)
    parts += path.split(separator: "/").filter { $0 != "." }.map(String.init)
    return "/" + parts.joined(separator: "/")
  }

  /// A path that is relative to a folder, or absolute.
  package static func path(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  /// The working directory.
  package static var current: String { resolved(".") ?? "/" }

  /// Whether an absolute path is a file or folder, or lies below it.
  package static func isInside(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder + "/")
  }

  /// An absolute path as seen from a folder that it lies below; the path itself elsewhere.
  package static func relative(_ path: String, to folder: String) -> String {
    path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path
  }

  /// The path without `.`, `..` and double slashes; links are not followed.
  package static func tidy(_ path: String) -> String {
    let parts = path.split(separator: "/").reduce(into: [Substring]()) { parts, part in
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The parent folder of a path; `nil` for the root.
  package static func parent(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    let parent = path[..<slash]
    if parent.isEmpty { return path.count > 1 ? "/" : nil }
    return String(parent)
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// A folder and the folders above it, nearest first.
  package static func ancestors(of folder: String) -> [String] {
    var found = [folder]
    while let last = found.last, let parent = parent(of: last), parent != "." {
      found.append(parent)
    }
    return found
  }

  /// The path with links resolved; `nil` if it does not exist.
  package static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The path with the links of its folder resolved, whether anything is there or not.
  package static func resolvingFolder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"),
      let folder = resolved(slash == path.startIndex ? "/" : String(path[..<slash]))
    else { return path }
    return (folder == "/" ? "" : folder) + path[slash...]
  }

  /// The folder of `releases` and `current`, if a folder is one of the releases and `current` is a
  /// link to one: the layout of Capistrano and others.
  package static func releasesFolder(of folder: String) -> String? {
    guard let release = resolved(folder), let releases = parent(of: release),
      releases.hasSuffix("/releases"), let root = parent(of: releases),
      let current = resolved("\(root)/current"), parent(of: current) == releases
    else { return nil }
    return root
  }

  /// The executable of this process.
  package static var executable: String? {
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

  /// An environment variable; an empty one counts as unset.
  package static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
