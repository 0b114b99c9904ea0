package import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the tests of this process keep the programs that they link, once for all of them.
package enum SharedPrograms {
  private static let prefix = "bgruntest-programs-"

  /// The folder. Those of processes that have ended are removed: each program has 20 MB.
  package static let folder: URL = {
    let base = FileManager.default.temporaryDirectory
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base.path)) ?? []
    for name in names where name.hasPrefix(prefix) {
      guard let process = pid_t(name.dropFirst(prefix.count)), kill(process, 0) != 0 else {
        continue
      }
      try? FileManager.default.removeItem(at: base.appending(path: name))
    }
    return base.appending(path: "\(prefix)\(getpid())")
  }()
}
