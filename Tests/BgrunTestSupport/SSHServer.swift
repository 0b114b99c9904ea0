import DeployRunner
package import Foundation
package import Testing

/// An OpenSSH server of a test's own on this machine, and a client that knows it as `web1`, `web2` and
/// `web3`.
///
/// It stands for another host: its user is this one, its cache is its own. What a login shell does
/// there is a command of the test.
package final class SSHServer: Sendable {
  /// Why there can be none; `nil` if there can.
  package static let obstacle: String? = {
    if geteuid() != 0 { return "an SSH server of the test's own needs root" }
    let programs: [String] = [sshd, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]
    return programs.first { access($0, X_OK) != 0 }.map { "there is no \($0)" }
  }()

  private static let sshd = "/usr/sbin/sshd"

  /// What the client's connections go through.
  package let wire: Wire
  /// The host's cache.
  package var cache: URL { folder.appending(path: "cache") }
  package let folder: URL
  private let process: Int32

  /// Starts a server.
  ///
  /// - Parameters:
  ///   - variables: the environment of its sessions.
  ///   - login: what its login shell does before a command, and the shell for the command: `$c`.
  package init(
    variables: [String: String] = [:], login: String? = nil, cache: URL? = nil
  ) async throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "bgruntest-ssh-\(UUID().uuidString)"
    )
    .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The server separates its privileges there.
    try FileManager.default.createDirectory(
      atPath: "/run/sshd", withIntermediateDirectories: true)
    for name in ["host", "user"] {
      let path = folder.appending(path: name).path
      try await Self.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    }
    let port = try Wire.freePort()
    wire = try Wire(to: port)
    var settings = variables.map { "\($0.key)=\($0.value)" }
    settings.append("XDG_CACHE_HOME=\((cache ?? folder.appending(path: "cache")).path)")
    var lines = [
      "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(folder.path)/host",
      "AuthorizedKeysFile \(folder.path)/user.pub", "StrictModes no", "PermitRootLogin yes",
      "PasswordAuthentication no", "UsePAM no", "PidFile none", "UseDNS no",
      "MaxStartups 100", "SetEnv " + settings.map { "\"\($0)\"" }.joined(separator: " "),
    ]
    if let login { lines.append("ForceCommand c=$SSH_ORIGINAL_COMMAND; \(login)") }
    try Self.write(lines, to: folder.appending(path: "sshd_config"))
    let key = try String(contentsOf: folder.appending(path: "host.pub"), encoding: .utf8)
    try Self.write(["[127.0.0.1]:\(wire.port) \(key)"], to: folder.appending(path: "known"))
    try Self.write(
      [
        "Host web1 web2 web3", "HostName 127.0.0.1", "Port \(wire.port)", "User \(NSUserName())",
        "IdentityFile \(folder.path)/user", "IdentitiesOnly yes",
        "UserKnownHostsFile \(folder.path)/known",
      ], to: folder.appending(path: "ssh_config"))
    let bin = folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    try Self.write(
      ["#!/bin/sh", "exec /usr/bin/ssh -F '\(folder.path)/ssh_config' \"$@\""],
      to: bin.appending(path: "ssh"))
    chmod(bin.appending(path: "ssh").path, 0o755)
    // Not by Foundation's Process: it takes a program that closes what it has inherited, as sshd does,
    // for one that has ended, and waits for it on the thread that all others need.
    let log = open(folder.appending(path: "log").path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { for file in [log, nothing] { close(file) } }
    process = try ChildProcess(
      path: Self.sshd,
      argv: [Self.sshd, "-D", "-e", "-f", folder.appending(path: "sshd_config").path],
      environment: ChildProcess.inheritedEnvironment(), timeout: .zero, marksDescendants: false
    ).spawn(input: nothing, output: nothing, errors: log)
    try await waitUntil("sshd listens") {
      guard let file = Wire.connect(to: port) else { return false }
      close(file)
      return true
    }
  }

  deinit {
    wire.close()
    kill(process, SIGTERM)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    try? FileManager.default.removeItem(at: folder)
  }

  /// The variables with which a program finds the client.
  package var environment: [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return ["PATH": "\(folder.path)/bin:\(path)"]
  }

  /// Adds a machine in other namespaces to those that the client knows. No network leads there: each
  /// connection starts a server of its own in them.
  ///
  /// - Parameters:
  ///   - name: the machine's name.
  ///   - process: a process in its network and with its mounts.
  ///   - variables: the environment of its sessions.
  package func add(
    _ name: String, inNamespacesOf process: Int32, variables: [String: String]
  ) throws {
    let settings = variables.map { "\"\($0.key)=\($0.value)\"" }.joined(separator: " ")
    try Self.write(
      [
        "#!/bin/sh",
        "exec nsenter --target \(process) --net --mount \(Self.sshd) -i -f '\(folder.path)/sshd_config' "
          + "-o 'SetEnv \(settings)'",
      ], to: folder.appending(path: "connect-\(name)"))
    chmod(folder.appending(path: "connect-\(name)").path, 0o755)
    let config = folder.appending(path: "ssh_config")
    let known = try String(contentsOf: config, encoding: .utf8)
    try Self.write(
      [
        "Host \(name)", "ProxyCommand '\(folder.path)/connect-\(name)'",
        "HostKeyAlias [127.0.0.1]:\(wire.port)", "User \(NSUserName())",
        "IdentityFile \(folder.path)/user", "IdentitiesOnly yes",
        "UserKnownHostsFile \(folder.path)/known", known,
      ], to: config)
  }

  private static func write(_ lines: [String], to file: URL) throws {
    try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: file)
  }

  private static func run(_ program: String, _ arguments: String...) async throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    _ = try await process.end()
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test with a notice if there can be no SSH server of its own; in CI the test fails.
  package static var requiresSSH: Self {
    .enabled(
      if: SSHServer.obstacle == nil
        || ProcessInfo.processInfo.environment["BGRUN_REQUIRE_DOCKER"] == "1",
      Comment(rawValue: SSHServer.obstacle ?? "needs OpenSSH"))
  }
}
