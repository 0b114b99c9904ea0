/// Who deploys: what the holder of a lock leaves beside it for those who come next.
package struct LockHolder: Codable, Hashable, Sendable {
  package var application: String
  package var user: String
  package var host: String
  package var process: ProcessIdentity
  package var since: WallTime
  package var run: String
  package var reason: String?
  /// The step that it is at.
  package var step: String?

  /// This process as a holder.
  package init(
    application: String, run: String, reason: String? = nil, since: WallTime = .now
  ) {
    self.application = application
    self.run = run
    self.reason = reason
    self.since = since
    user = ThisHost.user
    host = ThisHost.name
    process = .current
  }

  /// Whether it is the trace of a process that is no more.
  var isStale: Bool { host == ThisHost.name && process.isAlive == false }

  /// `grafana is being deployed by ann on web1 (pid 4711) since 02:14:05, at step Health: "fix"`.
  package func sentence(now: WallTime = .now) -> String {
    "\(application) is being deployed by \(user) on \(host) (pid \(process.pid)) since "
      + since.forPeople(now: now) + (step.map { ", at step \($0)" } ?? "")
      + (reason.map { ": \"\($0)\"" } ?? "")
  }
}

/// Deploys of an application forbidden by hand, until somebody allows them again.
package struct Freeze: Codable, Hashable, Sendable {
  package var application: String
  package var user: String
  package var host: String
  package var since: WallTime
  package var reason: String?

  /// `grafana is locked by ann on web1 since 02:14:05: "migration"`.
  package func sentence(now: WallTime = .now) -> String {
    "\(application) is locked by \(origin(now: now))"
  }

  /// `ann on web1 since 02:14:05: "audit"`
  package func origin(now: WallTime = .now) -> String {
    "\(user) on \(host) since \(since.forPeople(now: now))"
      + (reason.map { ": \"\($0)\"" } ?? "")
  }
}
