import BgrunSystem

/// Who is deploying: what a lock's holder publishes next to it.
package struct LockHolder: Codable, Hashable, Sendable {
  package var application: String
  package var user: String
  package var host: String
  package var process: ProcessIdentity
  /// When it started; `nil` if only the kernel tells who it is.
  package var since: Timestamp?
  package var run: String
  package var reason: String?
  /// The current step.
  package var step: String?

  /// This process as a holder.
  package init(
    application: String, run: String, reason: String? = nil, since: Timestamp = .now
  ) {
    self.application = application
    self.run = run
    self.reason = reason
    self.since = since
    user = ThisHost.user
    host = ThisHost.name
    process = .current
  }

  /// A lock owner known only from the kernel: it has not, or not yet, described itself.
  init(of what: String, process pid: Int32) {
    var status = stat()
    application = what
    run = ""
    user = stat("/proc/\(pid)", &status) == 0 ? ThisHost.name(of: status.st_uid) : "another user"
    host = ThisHost.name
    process = ProcessIdentity(pid: pid)
  }

  /// What the last holder left in an application's folder; `nil` if that is unreadable.
  init?(in folder: PrivateFolder) {
    guard let bytes = try? folder.read(DeployLock.holderFile),
      let holder = try? JSONDecoder().decode(LockHolder.self, from: Data(bytes))
    else { return nil }
    self = holder
  }

  /// The process that holds a file lock, as it describes itself in a state folder, or as the kernel
  /// does; `nil` if neither does.
  init?(of file: OpenFile, in root: PrivateFolder) {
    guard let pid = file.lockOwner else { return nil }
    for name in (try? root.names()) ?? [] {
      guard let folder = try? root.existingFolder(name),
        let holder = LockHolder(in: folder), holder.process.pid == pid, !holder.isStale
      else { continue }
      self = holder
      return
    }
    self.init(of: file.path, process: pid)
  }

  /// Whether it was left by a process that has ended.
  var isStale: Bool { host == ThisHost.name && process.isAlive == false }

  /// `grafana is being deployed by ann on web1 (pid 4711) since 02:14:05, at step Health: "fix"`.
  package func sentence(now: Timestamp = .now) -> String {
    "\(application) is being deployed by \(user) on \(host) (pid \(process.pid))"
      + (since.map { " since " + $0.forPeople(now: now) } ?? "")
      + (step.map { ", at step \($0)" } ?? "")
      + (reason.map { ": \"\($0)\"" } ?? "")
  }
}

/// Deploys of an application are locked until a user unlocks them.
package struct Freeze: Codable, Hashable, Sendable {
  package var application: String
  package var user: String
  package var host: String
  package var since: Timestamp
  package var reason: String?

  /// `grafana is locked by ann on web1 since 2026-11-23 02:14:05 CET, 2 h ago: "migration"`.
  package func sentence(now: Timestamp = .now) -> String {
    "\(application) is locked by \(origin(now: now))"
  }

  /// `ann on web1 since 2026-11-23 02:14:05 CET, 2 h ago: "audit"`
  package func origin(now: Timestamp = .now) -> String {
    "\(user) on \(host) since \(since.withAge(now: now))"
      + (reason.map { ": \"\($0)\"" } ?? "")
  }
}
