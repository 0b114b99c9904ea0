package import DeployDSL

/// The calls of docker and Compose that steps use: the one place where their words are chosen.
///
/// `docker exec`, `inspect`, `top` and `stop` go to the engine directly: their Compose twins cost
/// three to five times as much and add nothing once a container is known.
package struct DockerCLI: Sendable {
  /// The label that holds a container's Compose project.
  static let projectLabel = "com.docker.compose.project"

  /// Switches every profile on.
  static let allProfiles: [String: EnvironmentValue] = ["COMPOSE_PROFILES": .text("*")]

  private let compose: [String]
  private let environment: [String: EnvironmentValue]

  private let interpolation: [String: EnvironmentValue]
  /// The steps that say which version the target is.
  private let versions: [Node]
  /// What makes Compose find the plan's project by itself.
  private let place: [String: EnvironmentValue]

  /// Makes the commands' words.
  ///
  /// - Parameters:
  ///   - interpolation: what any step adds to the environment: the Compose file may need it even
  ///     where a command is about something else.
  ///   - versions: the steps that say which version the target is.
  package init(
    application: Application, interpolation: [String: EnvironmentValue] = [:],
    versions: [Node] = []
  ) {
    self.interpolation = interpolation
    self.versions = versions
    place = [
      "COMPOSE_FILE": application.composeFile, "COMPOSE_PROJECT_NAME": application.projectName,
    ].compactMapValues { $0.map(EnvironmentValue.text) }
    var words = ["docker", "compose"]
    if let file = application.composeFile { words += ["--file", file] }
    if let name = application.projectName { words += ["--project-name", name] }
    compose = words
    environment = application.environment
  }

  private func composeCall(
    _ kind: HostCall.Kind, _ words: [String], _ more: [String: EnvironmentValue] = [:]
  ) -> HostCall {
    HostCall(kind, Command(compose + words, environment: environment.merging(more) { $1 }))
  }

  /// What the plan gives every command of its author's: its environment, that of the target's
  /// version, and the Compose project that it is about, so that `docker compose` means the same there.
  ///
  /// - Parameter guards: the branches of `When` that the command's step stands in.
  package func environment(forCommandsUnder guards: [Guard]) -> [String: EnvironmentValue] {
    environment.merging(version(under: guards)) { $1 }.merging(place) { $1 }
  }

  /// The variables by which the plan's steps say which version the target is.
  func version(under guards: [Guard]) -> [String: EnvironmentValue] {
    versions.version(under: guards).values
  }

  // MARK: Compose

  /// The project as Compose understands it, as JSON. May hold secrets: never shown.
  ///
  /// With all profiles: that a colour is only started by name does not make it another service.
  package func config() -> HostCall {
    composeCall(
      .project, ["config", "--format", "json"], interpolation.merging(Self.allProfiles) { $1 })
  }

  package func pull(_ service: String, environment more: [String: EnvironmentValue]) -> HostCall {
    composeCall(.pull(service: service), ["pull", service], more)
  }

  /// A build argument without a value takes it from the environment.
  package func build(
    _ service: String, arguments: [String], environment more: [String: EnvironmentValue]
  ) -> HostCall {
    let words = arguments.sorted().flatMap { ["--build-arg", $0] }
    return composeCall(.build(service: service), ["build"] + words + [service], more)
  }

  /// `--no-deps`: without it Compose also starts or recreates what the service depends on.
  package func up(_ service: String, environment more: [String: EnvironmentValue]) -> HostCall {
    composeCall(.up(service: service), ["up", "--detach", "--no-deps", service], more)
  }

  /// The label by which a job's container says which run and step began it: `RUN/STEP`.
  static let jobLabel = "bgrun.job"

  /// Runs a service once, in a container with a name: who runs it a second time is refused.
  ///
  /// Without `--rm`: how it ended must still be known if bgrun itself dies meanwhile.
  package func run(
    _ job: Job, named name: String, for owner: String, environment more: [String: EnvironmentValue]
  ) -> HostCall {
    composeCall(
      .job(service: job.service, argv: job.argv, container: name, owner: owner),
      [
        "run", "--no-deps", "-T", "--interactive=false", "--name", name, "--label",
        "\(Self.jobLabel)=\(owner)", job.service,
      ] + job.argv, more)
  }

  /// A job's command as it is shown to people, without the options that are bgrun's own business.
  static func shown(_ job: Job) -> Command {
    Command(["docker", "compose", "run", job.service] + job.argv)
  }

  /// The value that the plan gives a variable of the Compose file.
  package func value(of variable: String) -> EnvironmentValue? {
    interpolation[variable] ?? environment[variable]
  }

  /// The variables that only the plan gives the Compose file.
  package var variables: Set<String> { Set(interpolation.keys).union(environment.keys) }

  /// The project as a person's `docker compose` sees it: without the plan's variables, and without
  /// what is only started by name.
  package func plainConfig() -> HostCall {
    HostCall(.project, plain(["config", "--format", "json"]))
  }

  /// What a person's `docker compose up -d` would do to a service; Compose only says it. Nothing is
  /// asked of a registry and nothing is built.
  package func plainUp(_ service: String) -> HostCall {
    HostCall(
      .replacement(service: service),
      plain([
        "--dry-run", "up", "--detach", "--no-deps", "--no-build", "--pull", "never", service,
      ]))
  }

  private func plain(_ words: [String]) -> Command {
    var command = Command(compose + words)
    command.unset = variables
    return command
  }

  // MARK: Engine

  /// The containers of all Compose projects.
  package func containers() -> HostCall {
    HostCall(
      .containers(),
      Command([
        "docker", "ps", "--all", "--no-trunc", "--filter", "label=\(Self.projectLabel)",
        "--format", "{{.ID}}\\t{{.Label \"\(Self.projectLabel)\"}}",
      ]))
  }

  /// The containers of one of a project's services.
  package func containers(ofProject name: String, service: String) -> HostCall {
    HostCall(
      .containers(project: name, service: service),
      Command([
        "docker", "ps", "--all", "--no-trunc", "--filter",
        "label=\(Self.projectLabel)=\(name)", "--filter",
        "label=com.docker.compose.service=\(service)", "--format", "{{.ID}}",
      ]))
  }

  /// Everything about containers.
  package func inspect(_ containers: [String]) -> HostCall {
    HostCall(
      .inspect(containers),
      Command(["docker", "inspect", "--type", "container"] + containers))
  }

  /// The host's view of a container's processes.
  package func top(_ container: String) -> HostCall {
    HostCall(
      .processes(container: container),
      Command(["docker", "top", container, "-o", "pid,etimes,args"]))
  }

  package func logs(_ container: String, lines: Int) -> HostCall {
    HostCall(
      .logs(container: container, lines: lines),
      Command(["docker", "logs", "--tail", "\(lines)", container]))
  }

  /// Runs a program; with a mark, its processes can be found in the container.
  package func exec(_ container: String, _ argv: [String], mark: String? = nil) -> HostCall {
    var command = Self.inside(container, argv)
    command.mark = mark
    return HostCall(.exec(container: container, argv: argv), command)
  }

  /// A GET from inside a container, by curl or wget.
  package func get(
    _ url: String, inside container: String, by tool: String, within time: Duration
  ) -> HostCall {
    let seconds = max(1, Int(time.inSeconds.rounded(.up)))
    let argv =
      tool == "curl"
      ? CurlCommand.inside(url, within: seconds) : WgetCommand.inside(url, within: seconds)
    return HostCall(
      .fetchInside(container: container, tool: tool, url: url, within: .seconds(seconds)),
      Self.inside(container, argv))
  }

  private static func inside(_ container: String, _ argv: [String]) -> Command {
    Command(["docker", "exec", container] + argv)
  }

  /// The variable that marks the processes of a `docker exec`.
  static let marker = "BGRUN_STEP"

  /// The processes of a container that a `docker exec` with a mark began. What it prints may hold
  /// secrets: never shown.
  package func processes(in container: String, marked mark: String) -> HostCall {
    HostCall(
      .marked(container: container, mark: mark),
      Command(["docker", "top", container, "eww", "-o", "pid,args"]))
  }

  /// Ends processes of this machine.
  func kill(_ signal: String, _ pids: [Int]) -> HostCall {
    HostCall(
      .signal(pids: pids, container: nil), Command(["kill", "-\(signal)"] + pids.map(String.init)))
  }

  /// Ends processes of a container as its root, by their numbers in it.
  func kill(
    _ signal: String, _ pids: [Int], in container: String, byShell: Bool = false
  ) -> HostCall {
    let words = ["kill", "-\(signal)"] + pids.map(String.init)
    let argv = byShell ? ["sh", "-c", words.joined(separator: " ")] : words
    return HostCall(
      .signal(pids: pids, container: container),
      Command(["docker", "exec", "--user", "0", container] + argv))
  }

  package func start(_ container: String) -> HostCall {
    HostCall(.start(container: container), Command(["docker", "start", container]))
  }

  package func stop(_ container: String, grace: Duration) -> HostCall {
    let seconds = Int(grace.inSeconds.rounded(.up))
    return HostCall(
      .stop(container: container, grace: .seconds(seconds)),
      Command(["docker", "stop", "-t", "\(seconds)", container]))
  }

  /// Whether a container has been asked to end: asks for what has happened to it since its start.
  package func isStopping(_ container: Container) -> HostCall {
    HostCall(
      .isStopping(container: container.id, signal: container.stopSignal),
      Command([
        "docker", "events", "--since", container.startedAt, "--until", "0s",
        "--filter", "container=\(container.id)", "--filter", "event=start",
        "--filter", "event=kill", "--filter", "event=die", "--format",
        "{{.Action}} {{index .Actor.Attributes \"signal\"}}",
      ]))
  }

  /// Removes a container that has ended, and the volumes that only it knows.
  package func removeAll(of container: String) -> HostCall {
    HostCall(.remove(container: container), Command(["docker", "rm", "--volumes", container]))
  }

  package func remove(_ container: String) -> HostCall {
    HostCall(.remove(container: container), Command(["docker", "rm", container]))
  }

  // MARK: nginx

  /// `nginx -T` is `nginx -t` that also prints the files as the master would read them.
  package func testConfiguration(of proxy: String) -> HostCall {
    HostCall(.testProxy(container: proxy), Self.inside(proxy, ["nginx", "-T"]))
  }

  package func reload(_ proxy: String) -> HostCall {
    HostCall(.reloadProxy(container: proxy), Self.inside(proxy, ["nginx", "-s", "reload"]))
  }

  // MARK: Engine's place

  /// Where the docker CLI finds its engine.
  static let endpoint = HostCall(
    .endpoint,
    Command(["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]))

  /// Which machine the engine is on: its name, kernel and bytes of memory.
  static let machine = HostCall(
    .machine,
    Command(["docker", "info", "--format", "{{.Name}}\t{{.KernelVersion}}\t{{.MemTotal}}"]))

  /// Whether this machine has an image.
  package func image(_ name: String) -> HostCall {
    HostCall(.image(name), Command(["docker", "image", "inspect", "--format", "{{.Id}}", name]))
  }

  // MARK: Leftovers

  package func pruneImages() -> HostCall {
    HostCall(.pruneImages, Command(["docker", "image", "prune", "--force"]))
  }

  /// The networks that people made.
  package func networks() -> HostCall {
    HostCall(
      .networks,
      Command([
        "docker", "network", "ls", "--filter", "type=custom", "--format",
        "{{.Name}}\\t{{.Label \"com.docker.compose.project\"}}",
      ]))
  }

  /// The networks of every container, running or stopped.
  package func networksInUse() -> HostCall {
    HostCall(
      .networksInUse,
      Command(["docker", "ps", "--all", "--format", "{{.Networks}}"]))
  }

  package func removeNetworks(_ names: [String]) -> HostCall {
    HostCall(.removeNetworks(names), Command(["docker", "network", "rm"] + names))
  }
}
