#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Compose, started as the docker CLI starts it for `docker compose …`.
///
/// The CLI first starts it once more, only to be told that it is Compose: two processes that take
/// 60 to 90 ms of each command, on a loaded host from the time of requests. What it does then is
/// done here: the same program with the same arguments and environment.
/// (docker/cli: `PluginRunCommand` in cli-plugins/manager/manager.go.)
struct ComposePlugin {
  /// By this variable the plugin knows that it is one.
  static let mark = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
  /// Where a machine's plugins are, in docker's order.
  private static let systemFolders = [
    "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
  ]

  let path: String

  /// The plugin that a docker CLI would start; `nil` if only the CLI can tell.
  init?(of docker: DockerProgram, systemFolders: [String] = Self.systemFolders) {
    // Some distributions' docker is told by such variables where else to look.
    guard !docker.mentions("cliPluginsExtraDirs"),
      !docker.hasVariable(beginning: "DOCKER_CLI_PLUGIN_")
    else { return nil }
    let paths = (["\(docker.folder)/cli-plugins"] + systemFolders).map { "\($0)/docker-compose" }
    guard let found = paths.first(where: { access($0, F_OK) == 0 }), DockerProgram.isProgram(found)
    else { return nil }
    path = found
  }

  /// What starts it instead of a docker CLI.
  func start(
    _ argv: [String], _ environment: [String: String]
  ) -> (argv: [String], environment: [String: String]) {
    ([path] + argv.dropFirst(), environment.merging([Self.mark: argv.first ?? ""]) { $1 })
  }
}
