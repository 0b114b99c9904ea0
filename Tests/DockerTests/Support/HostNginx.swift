import BgrunTestSupport
import Foundation
import Testing

/// An nginx on this machine, outside of Docker: with a prefix, a configuration and a port of its own.
struct HostNginx: Sendable {
  /// The program, if it is installed.
  static let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Where a test that needs it is skipped, it says so.
  static let isMissing: Comment = "needs nginx on this machine: apt-get install nginx-light"

  let project: Project
  private var folder: String { project.folder.appending(path: "host").path }

  /// The site file for a colour.
  func site(_ colour: Colour) -> String {
    """
    upstream grafana { server 127.0.0.1:\(project.ports[colour] ?? 0); } # not grafana-green
    server {
      listen 127.0.0.1:\(project.port);
      server_name app.example.com;
      location / { proxy_pass http://grafana; }
    }

    """
  }

  /// Runs a test with blue behind it, in a project without a proxy.
  static func with(_ body: (Project, HostNginx) async throws -> Void) async throws {
    try await Project.with(start: false) { project in
      let nginx = HostNginx(project: project)
      try project.edit("docker-compose.yaml") { text in
        guard let start = text.firstRange(of: "  nginx-proxy:"),
          let end = text.firstRange(of: "\nvolumes:")
        else { return text }
        return String(text[..<start.lowerBound] + text[end.lowerBound...])
      }
      try FileManager.default.createDirectory(
        atPath: nginx.folder, withIntermediateDirectories: true)
      try project.write(nginx.main, to: "host/nginx.conf")
      try project.write(nginx.site(.blue), to: "host/app.conf")
      try await project.compose("up", "--detach", Colour.blue.service)
      try await nginx.start()
      do {
        try await project.wait(for: .blue)
        project.users.begin(port: project.port)
        try await body(project, nginx)
        await project.users.check()
      } catch {
        try? await nginx.stop()
        throw error
      }
      try await nginx.stop()
    }
  }

  private var main: String {
    """
    worker_processes 2;
    error_log \(folder)/error.log notice;
    pid \(folder)/nginx.pid;
    events { }
    http { access_log off; include \(folder)/app.conf; }

    """
  }

  private func command(_ words: String...) async throws {
    let program = try #require(Self.program)
    // The master must not keep open what this process waits for.
    let close =
      "for fd in /proc/self/fd/*; do n=${fd##*/}; [ $n -gt 2 ] && eval \"exec $n>&-\"; done; "
    let argv =
      [
        "bash", "-c", close + "exec \"$@\"", "sh", program, "-p", folder, "-c",
        "\(folder)/nginx.conf",
      ]
      + words
    let ended = try await Shell.run(argv)
    guard ended.status == 0 else { throw Shell.Failed(argv: argv, ended: ended) }
  }

  func start() async throws { try await command() }

  func stop() async throws {
    let file = try String(contentsOfFile: "\(folder)/nginx.pid", encoding: .utf8)
    let program = "/proc/\(file.trimmingCharacters(in: .whitespacesAndNewlines))/exe"
    try? await command("-s", "stop")
    // Not the file: `nginx -T`, by which another test's bgrun looks for its own nginx, creates it again.
    try await waitUntil("nginx has ended") {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: program)) == nil
    }
  }

  /// The plan for it, with a step before the end.
  func plan(_ step: String = "") throws -> URL {
    try project.plan([
      #"Deploy("grafana","#:
        #"Deploy("grafana", proxy: .host, site: Site("host/app.conf"),"#,
      "  Stop(.previous)": "  \(step)\n  Stop(.previous)",
    ])
  }
}
