import BgrunSystem

/// Starts Compose directly, the way the docker CLI does for `docker compose …`.
///
/// The CLI first starts the plugin an extra time to query its metadata: these two processes cost 60
/// to 90 ms per command, CPU time that a loaded host needs for requests. This starts the same
/// program with the same arguments and environment. (docker/cli: `PluginRunCommand` in
/// cli-plugins/manager/manager.go.)
struct ComposePlugin {
  /// The variable that tells the plugin that it runs as one.
  static let mark = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
  /// The system-wide plugin folders, in docker's order.
  private static let systemFolders = [
    "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
  ]

  let path: String

  /// The plugin that the docker CLI would start; `nil` if only the CLI knows.
  init?(of docker: DockerProgram, systemFolders: [String] = Self.systemFolders) {
    // Some distributions use such variables to add plugin folders.
    guard !docker.mentions("cliPluginsExtraDirs"),
      !docker.hasVariable(beginning: "DOCKER_CLI_PLUGIN_")
    else { return nil }
    let paths = (["\(docker.folder)/cli-plugins"] + systemFolders).map { "\($0)/docker-compose" }
    guard let found = paths.first(where: { access($0, F_OK) == 0 }), DockerProgram.isProgram(found)
    else { return nil }
    path = found
  }

  /// The arguments and environment that start it without the docker CLI.
  func start(
    _ argv: [String], _ environment: [String: String]
  ) -> (argv: [String], environment: [String: String]) {
    ([path] + argv.dropFirst(), environment.merging([Self.mark: argv.first ?? ""]) { $1 })
  }
}
