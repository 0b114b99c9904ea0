/// A running nginx as a command line addresses it: its place, and what its master was started with.
package struct NginxMaster: Hashable, Sendable {
  /// Its container's name; `nil` if it runs on the machine itself.
  package var container: String?
  /// Its process ID on the machine itself.
  package var pid: Int?
  /// The program, as it was started.
  package var program = "nginx"
  /// Its `-c`, `-p`, `-g` and `-e` with their values: every other command needs them too.
  package var options: [String] = []
  /// The systemd service that manages it.
  package var unit: String?
  /// The ID of this user, if that is neither root nor the master's user: then commands need sudo.
  package var sudoer: Int?

  /// An nginx in a container.
  package init(container: String) { self.container = container }

  /// An nginx on the machine itself.
  package init(pid: Int) { self.pid = pid }
}
