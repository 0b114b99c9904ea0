#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Compiled plans, by the hash of everything that they are made of.
struct PlanCache {
  /// Entries that were not used for so long are removed.
  private static let seconds = 90 * 24 * 3600

  /// The folder; `nil` if there is none that can be written.
  let folder: String?

  init() {
    let base =
      Paths.variable("BGRUN_CACHE")
      ?? Paths.variable("XDG_CACHE_HOME").map { "\($0)/bgrun" }
      ?? Paths.variable("HOME").map { "\($0)/.cache/bgrun" }
    let plans = base.map { "\(Paths.absolute($0))/plans" }
    // Code is loaded from here: nobody else may write to it.
    guard let plans, Files.makeFolder(plans), let status = Files.status(plans),
      status.owner == geteuid(), status.mode & 0o022 == 0
    else {
      folder = nil
      return
    }
    folder = plans
  }

  /// The path of an entry.
  func path(_ key: String) -> String? { folder.map { "\($0)/\(key).so" } }

  /// Removes what has not been used for long.
  func prune() {
    guard let folder else { return }
    let now = time(nil)
    for name in Files.names(in: folder) {
      guard let status = Files.status("\(folder)/\(name)") else { continue }
      let used = max(status.accessed, status.modified)
      let limit = name.hasSuffix(".tmp") ? 3600 : Self.seconds
      if now - used > limit { unlink("\(folder)/\(name)") }
    }
  }
}
