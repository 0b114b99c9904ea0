import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ComposePlugin") struct ComposePluginTests {
  private static let program = "\u{7F}ELF"
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.program, to: "bin/docker", mode: 0o755)
  }

  /// The plugin that the docker CLI `bin/docker` would start.
  private func plugin(_ changes: [String: String] = [:], docker: String = "bin/docker") -> String? {
    let environment = ["HOME": folder.path].merging(changes) { $1 }
    return DockerProgram(path: folder.path(docker), environment: environment)
      .flatMap { ComposePlugin(of: $0, systemFolders: [folder.path("usr/lib")]) }?.path
  }

  @Test func `the user's plugin goes before the machine's, as with docker`() throws {
    #expect(plugin() == nil)
    try folder.write(Self.program, to: "usr/lib/docker-compose", mode: 0o755)
    #expect(plugin() == folder.path("usr/lib/docker-compose"))
    try folder.write(Self.program, to: ".docker/cli-plugins/docker-compose", mode: 0o755)
    #expect(plugin() == folder.path(".docker/cli-plugins/docker-compose"))
    let other = ["DOCKER_CONFIG": folder.path("elsewhere")]
    #expect(plugin(other) == folder.path("usr/lib/docker-compose"))
  }

  @Test func `where docker could start another one, docker decides`() throws {
    try folder.write(Self.program, to: "usr/lib/docker-compose", mode: 0o755)
    try folder.write(#"{"currentContext": "there"}"#, to: ".docker/config.json", mode: 0o600)
    #expect(plugin() != nil, "Compose itself follows the context")
    #expect(plugin(["DOCKER_CLI_PLUGIN_EXTRA_DIRS": "/opt"]) == nil)
    try folder.write(
      #"{"cliPluginsExtraDirs": ["/opt"]}"#, to: ".docker/config.json", mode: 0o600)
    #expect(plugin() == nil)
  }

  @Test func `a script is run by docker, and a docker that is a script is run itself`() throws {
    try folder.write("#!/bin/sh\n", to: "usr/lib/docker-compose", mode: 0o755)
    #expect(plugin() == nil)
    try folder.write(Self.program, to: "usr/lib/docker-compose", mode: 0o755)
    #expect(plugin() != nil)
    try folder.write("#!/bin/sh\n", to: "bin/wrapper/docker", mode: 0o755)
    #expect(plugin(docker: "bin/wrapper/docker") == nil)
  }

  @Test func `another program under docker's name is run itself`() throws {
    try folder.write(Self.program, to: "usr/lib/docker-compose", mode: 0o755)
    try folder.write(Self.program, to: "podman/podman", mode: 0o755)
    try folder.link("podman/docker", to: folder.path("podman/podman"))
    #expect(plugin(docker: "podman/docker") == nil)
    try folder.link("linked/docker", to: folder.path("bin/docker"))
    #expect(plugin(docker: "linked/docker") == folder.path("usr/lib/docker-compose"))
  }

  #if os(Linux)
    @Test func `it is started with docker's words, and told so`() async throws {
      // The plugin is a program that starts the next word of its arguments: a script that shows them.
      try folder.link(".docker/cli-plugins/docker-compose", to: "/usr/bin/env")
      try folder.write(
        "#!/bin/sh\necho \"$* for $\(ComposePlugin.mark)\"\n", to: "bin/compose", mode: 0o755)
      let environment = ["PATH": folder.path("bin"), "HOME": folder.path]
      let executor = DockerExecutor(project: "/", on: LocalHost(environment: environment))
      let command = Command(["docker", "compose", "up", "--detach", "web"])
      let reply = try await executor.perform(
        HostOperation(.command(command), effect: .change, timeout: .seconds(20))
      ) { _ in }
      #expect(
        reply == .command(CommandResult(status: 0, output: "up --detach web for docker\n")))
    }
  #endif
}
