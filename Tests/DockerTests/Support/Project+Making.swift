import Foundation
import Testing

extension Project {
  /// Copies the example, gives it names, ports and offline images.
  static func make(mount: Mount, users: Users.Expectation) throws -> Project {
    let (number, port) = try Ports.next()
    let name = "bgruntest-\(getpid())-\(number)"
    let folder = FileManager.default.temporaryDirectory.appending(path: name)
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.copyItem(at: Repository.example, to: folder)
    let project = Project(
      folder: folder.resolvingSymlinksInPath(), name: name, port: port,
      ports: [.blue: port + 2, .green: port + 3], users: Users(expect: users))
    try project.writeEnvironment()
    if mount == .file { try project.mountFiles() }
    return project
  }

  /// Removes the project's containers, networks, volumes, images and folder, in whatever state they are.
  func remove() async {
    _ = await users.stop()
    await Self.remove(project: name)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Removes what Docker has of a Compose project.
  static func remove(project name: String) async {
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
    try write(lines.joined(separator: "\n") + "\n", to: ".env")
  }

  private func mountFiles() throws {
    try edit(
      "docker-compose.yaml",
      [
        #"["./nginx:/etc/nginx:ro"]"#: #"["./nginx/nginx.conf:/etc/nginx/nginx.conf:ro", "#
          + #""./nginx/service.conf:/etc/nginx/service.conf:ro"]"#
      ])
  }
}
