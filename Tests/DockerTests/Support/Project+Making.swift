import Foundation
import Synchronization
import Testing

extension Project {
  private static let counter = Atomic(0)

  /// Copies the example, gives it names, ports and offline images.
  static func make(mount: Mount) throws -> Project {
    let number = counter.add(1, ordering: .relaxed).newValue
    let name = "bgruntest-\(getpid())-\(number)"
    let folder = FileManager.default.temporaryDirectory.appending(path: name)
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.copyItem(at: Repository.example, to: folder)
    let free = freePorts(3)
    let project = Project(
      folder: folder.resolvingSymlinksInPath(), name: name, port: free[0],
      ports: [.blue: free[1], .green: free[2]])
    try project.writeEnvironment()
    if mount == .file { try project.mountFiles() }
    return project
  }

  /// Removes the project's containers, networks, volumes, images and folder, in whatever state they are.
  func remove() async {
    let filter = "label=com.docker.compose.project=\(name)"
    for (list, removal) in [
      (["ps", "--all", "--quiet"], ["rm", "--force", "--volumes"]),
      (["network", "ls", "--quiet"], ["network", "rm"]),
      (["volume", "ls", "--quiet"], ["volume", "rm", "--force"]),
      (["images", "--quiet"], ["rmi", "--force"]),
    ] {
      let found = try? await Shell.run(["docker"] + list + ["--filter", filter])
      let names = found?.output.split(separator: "\n").map(String.init) ?? []
      if !names.isEmpty { _ = try? await Shell.run(["docker"] + removal + names) }
    }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Prints what a failed test left, for the person who reads the log of CI.
  func explain() async {
    let containers = try? await Shell.run(["docker", "compose", "ps", "--all"], in: folder)
    let logs = try? await Shell.run(["docker", "compose", "logs", "--tail", "15"], in: folder)
    print("\(name) at the end:\n\(containers?.text ?? "")\n\(logs?.text ?? "")")
  }

  private func writeEnvironment() throws {
    let lines = [
      "COMPOSE_PROJECT_NAME=\(name)",
      "GRAFANA_BLUE_IMAGE=bgruntest-app:12.4", "GRAFANA_GREEN_IMAGE=bgruntest-app:12.3",
      "PROXY_IMAGE=bgruntest-nginx:latest", "GRAFANA_IMAGE=bgruntest-app",
      "GRAFANA_BLUE_PORT=127.0.0.1:\(ports[.blue] ?? 0)",
      "GRAFANA_GREEN_PORT=127.0.0.1:\(ports[.green] ?? 0)", "PROXY_PORT=127.0.0.1:\(port)",
    ]
    try (lines.joined(separator: "\n") + "\n").write(
      to: folder.appending(path: ".env"), atomically: true, encoding: .utf8)
  }

  private func mountFiles() throws {
    try edit("docker-compose.yaml") {
      $0.replacing(
        #"["./nginx:/etc/nginx:ro"]"#,
        with: #"["./nginx/nginx.conf:/etc/nginx/nginx.conf:ro", "#
          + #""./nginx/service.conf:/etc/nginx/service.conf:ro"]"#)
    }
  }

  /// Changes a file of the project; it is an error if that changes nothing.
  func edit(_ path: String, _ change: (String) -> String) throws {
    let url = folder.appending(path: path)
    let before = try String(contentsOf: url, encoding: .utf8)
    let after = change(before)
    try #require(before != after, "\(path) is not what the test expects")
    // In place: where the file itself is mounted, a new inode would not be seen.
    try after.write(to: url, atomically: false, encoding: .utf8)
  }

  /// Ports of 127.0.0.1 that nobody listens on, below those that clients get.
  private static func freePorts(_ count: Int) -> [Int] {
    var ports: Set<Int> = []
    while ports.count < count {
      let port = Int.random(in: 18_000..<28_000)
      do throws(HTTPConnection.Failure) {
        _ = try HTTPConnection(port: port)
      } catch {
        ports.insert(port)
      }
    }
    return Array(ports)
  }
}
