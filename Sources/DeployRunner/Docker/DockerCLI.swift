package import DeployDSL

/// The docker and Compose commands that steps use: the only place that builds their arguments.
///
/// `docker exec`, `inspect`, `top` and `stop` address the container directly: their Compose
/// equivalents take three to five times as long and add nothing once the container is known.
package struct DockerCLI: Sendable {
  /// The label that holds a container's Compose project.
  static let projectLabel = "com.docker.compose.project"

  /// Enables every profile.
  static let allProfiles: [String: EnvironmentValue] = ["COMPOSE_PROFILES": .text("*")]

  private let application: Application
  private let interpolation: [String: EnvironmentValue]
  /// The steps that set the target's version.
  private let versions: [Node]
  /// The variables by which Compose finds the plan's project.
  private let place: [String: EnvironmentValue]

  /// Creates the commands of an application.
  ///
  /// - Parameters:
  ///   - interpolation: the variables that any step sets: the Compose file may need them for every
  ///     command.
  ///   - versions: the steps that set the target's version.
  package init(
    application: Application, interpolation: [String: EnvironmentValue] = [:],
    versions: [Node] = []
  ) {
    self.interpolation = interpolation
    self.versions = versions
    place = Self.place(of: application)
    self.application = application
  }

  /// Creates the commands of a plan.
  init(graph: StepGraph) {
    self.init(
      application: graph.application, interpolation: graph.interpolation,
      versions: graph.nodes.filter(\.step.saysVersion))
  }

  /// What makes Compose find the plan's project in the plan's own commands.
  private static func place(of application: Application) -> [String: EnvironmentValue] {
    var place: [String: EnvironmentValue] = [:]
    if let name = application.projectName { place["COMPOSE_PROJECT_NAME"] = .text(name) }
    guard let files = application.composeFiles else { return place }
    let separator = application.environment["COMPOSE_PATH_SEPARATOR"]?.text ?? ":"
    place["COMPOSE_FILE"] = .text(files.joined(separator: separator))
    // This user's shell may have another one.
    if files.count > 1 { place["COMPOSE_PATH_SEPARATOR"] = .text(separator) }
    return place
  }

  private func composeCall(
    _ kind: HostCall.Kind, in project: String?, _ words: [String],
    _ more: [String: EnvironmentValue] = [:]
  ) -> HostCall {
    let own = project.flatMap { application.projects[$0]?.environment } ?? [:]
    let environment = application.environment.merging(own) { $1 }.merging(more) { $1 }
    return HostCall(
      kind, Command(application.composeCommand(in: project) + words, environment: environment))
  }

  /// The environment of the plan's own commands: the plan's variables, those of the target's
  /// version, and the Compose project, so that `docker compose` means the same there.
  ///
  /// - Parameter guards: the branches of `When` that contain the command's step.
  package func environment(forCommandsUnder guards: [Guard]) -> [String: EnvironmentValue] {
    application.environment.merging(version(under: guards)) { $1 }.merging(place) { $1 }
  }

  /// The variables by which the plan's steps set the target's version.
  func version(under guards: [Guard]) -> [String: EnvironmentValue] {
    versions.version(under: guards).values
  }

  // MARK: Compose

  /// The project as Compose resolves it, as JSON. May contain secrets: never displayed.
  ///
  /// With all profiles, because the colours may have one.
  ///
  /// - Parameters:
  ///   - project: the project's name; `nil` for the plan's own.
  ///   - values: variables instead of the plan's. Default: none.
  package func config(
    of project: String? = nil, with values: [String: EnvironmentValue] = [:]
  ) -> HostCall {
    composeCall(
      .project(project), in: project, ["config", "--format", "json"],
      interpolation.merging(Self.allProfiles) { $1 }.merging(values) { $1 })
  }

  package func pull(
    _ service: ServiceID, environment more: [String: EnvironmentValue]
  ) -> HostCall {
    composeCall(.pull(service: service), in: service.project, ["pull", service.name], more)
  }

  /// Build arguments without values take them from the environment.
  package func build(
    _ service: ServiceID, arguments: [String], environment more: [String: EnvironmentValue]
  ) -> HostCall {
    let words = arguments.sorted().flatMap { ["--build-arg", $0] }
    return composeCall(
      .build(service: service), in: service.project, ["build"] + words + [service.name], more)
  }

  /// `--no-deps`: without it, Compose also starts or recreates the service's dependencies.
  ///
  /// On a Swarm: changes the image and the number of tasks of a stack's service. The client does not
  /// wait: its exit status would not tell how it went.
  ///
  /// - Parameters:
  ///   - described: the service as the Compose file describes it.
  ///   - scale: how many containers it gets. Default: the Compose file's number.
  ///   - image: the image instead of the Compose file's, which an override on standard input names;
  ///     its label keeps the name, because an ID says nothing to users.
  ///   - pulls: whether Compose may pull an image. Default: as the Compose file says.
  package func up(
    _ service: ServiceID, as described: ComposeProject.Service? = nil, scale: Int? = nil,
    environment more: [String: EnvironmentValue],
    image: PinnedImage? = nil, pulls: Bool = true
  ) -> HostCall {
    if let swarm = application.swarm {
      let count = scale ?? described?.replicas ?? 1
      return HostCall(
        .up(service: service, scale: count, image: image),
        Command(
          ["docker", "service", "update", "--detach", "--with-registry-auth"]
            + (described?.image.map { ["--image", $0] } ?? [])
            + ["--replicas", "\(count)", swarm.service(service.name)]))
    }
    let number =
      (scale.map { ["--scale", "\(service.name)=\($0)"] } ?? [])
      + (pulls ? [] : ["--pull", "never"])
    var call = composeCall(
      .up(service: service, scale: scale, image: image), in: service.project,
      ["up", "--detach", "--no-deps"] + number + [service.name], more)
    guard let image else { return call }
    let named = call.command.argv.lastIndex(of: "--file")
    let files = named == nil ? image.composeFiles : []
    call.command.argv.insert(
      contentsOf: (files + ["-"]).flatMap { ["--file", $0] }, at: named.map { $0 + 2 } ?? 2)
    let label = "{\(Self.imageLabel.inJSON): \(image.name.inJSON)}"
    call.command.input = .text(
      "{\"services\": {\(service.name.inJSON): {\"image\": \(image.id.inJSON), "
        + "\"pull_policy\": \"never\", \"labels\": \(label)}}}")
    return call
  }

  /// The label of a container that was started with an image's ID: the image's name.
  static let imageLabel = "bgrun.image"

  /// The label of a job's container that identifies the run and step that started it: `RUN/STEP`.
  static let jobLabel = "bgrun.job"

  /// Runs a service once in a named container: a second run of the same job fails.
  ///
  /// Without `--rm`: its exit code must still be known if bgrun dies meanwhile.
  ///
  /// - Parameter service: the job's service.
  package func run(
    _ job: Job, of service: ServiceID, named name: String, for owner: String,
    environment more: [String: EnvironmentValue]
  ) -> HostCall {
    composeCall(
      .job(service: service, argv: job.argv, container: name, owner: owner), in: service.project,
      [
        "run", "--no-deps", "-T", "--interactive=false", "--name", name, "--label",
        "\(Self.jobLabel)=\(owner)", service.name,
      ] + job.argv, more)
  }

  /// A job's command for display, without bgrun's internal options.
  static func shown(_ job: Job) -> Command {
    Command(["docker", "compose", "run", job.service] + job.argv)
  }

  /// The plan's value of a Compose file variable.
  package func value(of variable: String) -> EnvironmentValue? {
    interpolation[variable] ?? application.environment[variable]
  }

  /// The variables that the plan sets for the Compose file.
  package var variables: Set<String> { Set(interpolation.keys).union(application.environment.keys) }

  /// A project as a manual `docker compose` sees it: without the plan's variables and profiles.
  package func plainConfig(of project: String? = nil) -> HostCall {
    HostCall(.project(project), plain(in: project, ["config", "--format", "json"]))
  }

  /// What a manual `docker compose up -d` would do to a service, as a Compose dry run that neither
  /// pulls nor builds.
  ///
  /// - Parameter values: what the files that Compose reads are assumed to say. Default: nothing else
  ///   than they say.
  package func plainUp(
    _ service: ServiceID, with values: [String: EnvironmentValue] = [:]
  ) -> HostCall {
    var command = plain(
      in: service.project,
      [
        "--dry-run", "up", "--detach", "--no-deps", "--no-build", "--pull", "never",
        service.name,
      ])
    command.environment.merge(values) { $1 }
    command.unset.subtract(values.keys)
    return HostCall(.replacement(service: service), command)
  }

  /// The project as its files say it, with variables as they are written, even if it is incomplete:
  /// an overlay alone.
  package func rawConfig() -> HostCall {
    composeCall(
      .project(), in: nil, ["config", "--no-interpolate", "--no-consistency", "--format", "json"],
      Self.allProfiles)
  }

  /// A project's own variables belong to it: whoever starts it manually sets them, too.
  private func plain(in project: String?, _ words: [String]) -> Command {
    let own = project.flatMap { application.projects[$0]?.environment } ?? [:]
    var command = Command(application.composeCommand(in: project) + words, environment: own)
    command.unset = variables.subtracting(own.keys)
    return command
  }

  // MARK: Swarm

  /// The config of the Swarm by which its managers exclude each other.
  private var claimName: String { "bgrun-lock-\(application.name)" }

  /// Claims the application for one manager; the text describes it.
  func claim(_ text: String) -> HostCall {
    HostCall(
      .claim(name: claimName, text: text),
      Command(["docker", "config", "create", claimName, "-"], input: text))
  }

  /// Who has claimed it.
  func claimant() -> HostCall {
    HostCall(
      .claimant(name: claimName),
      Command([
        "docker", "config", "inspect", "--format", "{{printf \"%s\" .Spec.Data}}", claimName,
      ]))
  }

  func release() -> HostCall {
    HostCall(.release(name: claimName), Command(["docker", "config", "rm", claimName]))
  }

  // MARK: Engine

  /// All containers, with their Compose projects; on a Swarm, the tasks of the stack.
  package func containers() -> HostCall {
    if let swarm = application.swarm {
      return HostCall(
        .containers(), Command(["docker", "stack", "ps", "--no-trunc", "--quiet", swarm.stack]))
    }
    return HostCall(
      .containers(),
      Command([
        "docker", "ps", "--all", "--no-trunc", "--format",
        "{{.ID}}\\t{{.Label \"\(Self.projectLabel)\"}}",
      ]))
  }

  /// The containers of one of a project's services.
  package func containers(ofProject name: String, service: String) -> HostCall {
    if let swarm = application.swarm {
      return HostCall(
        .containers(project: name, service: service),
        Command(["docker", "service", "ps", "--no-trunc", "--quiet", swarm.service(service)]))
    }
    return HostCall(
      .containers(project: name, service: service),
      Command([
        "docker", "ps", "--all", "--no-trunc", "--filter",
        "label=\(Self.projectLabel)=\(name)", "--filter",
        "label=com.docker.compose.service=\(service)", "--format", "{{.ID}}",
      ]))
  }

  /// The full description of containers.
  package func inspect(_ containers: [String]) -> HostCall {
    // Of a Swarm, both containers and tasks.
    let type = application.swarm == nil ? ["--type", "container"] : []
    return HostCall(.inspect(containers), Command(["docker", "inspect"] + type + containers))
  }

  /// The host's view of a container's processes.
  package static func top(_ container: String) -> HostCall {
    HostCall(
      .processes(container: container),
      Command(["docker", "top", container, "-o", "pid,etimes,args"]))
  }

  /// The last lines of a container's log.
  ///
  /// - Parameters:
  ///   - age: only lines that are not older; `nil` is any.
  ///   - isTimed: whether each line begins with its time.
  ///   - follows: whether to wait for new lines until the container ends.
  package func logs(
    _ container: String, lines: Int, since age: Duration? = nil, isTimed: Bool = false,
    follows: Bool = false
  ) -> HostCall {
    let since = age.map { ["--since", "\(Int($0.inSeconds.rounded(.up)))s"] } ?? []
    let flags = (isTimed ? ["--timestamps"] : []) + (follows ? ["--follow"] : [])
    if application.swarm?.task(container) != nil {
      // By the task's ID, or all tasks of a service that has none now.
      let parts = container.split(separator: ".")
      let place = parts.count > 2 ? parts.last : parts.first
      return HostCall(
        .logs(container: container, lines: lines),
        Command(
          ["docker", "service", "logs", "--raw", "--tail", "\(lines)"] + since + flags
            + [place.map(String.init) ?? container]))
    }
    return HostCall(
      .logs(container: container, lines: lines),
      Command(["docker", "logs", "--tail", "\(lines)"] + since + flags + [container]))
  }

  /// Runs a program in a container; with a mark, its processes can be found there.
  package func exec(_ container: String, _ argv: [String], mark: String? = nil) -> HostCall {
    var command = Self.inside(container, argv)
    command.mark = mark
    return HostCall(.exec(container: container, argv: argv), command)
  }

  /// A GET from inside a container, by curl or wget.
  ///
  /// - Parameter host: the Host header, if it differs from the URL's host.
  package func get(
    _ url: String, host: String? = nil, inside container: String, by tool: String,
    within time: Duration
  ) -> HostCall {
    let seconds = max(1, Int(time.inSeconds.rounded(.up)))
    let argv =
      tool == "curl"
      ? CurlCommand.inside(url, host: host, within: seconds)
      : WgetCommand.inside(url, host: host, within: seconds)
    return HostCall(
      .fetchInside(
        container: container, tool: tool, url: url, host: host, within: .seconds(seconds)),
      Self.inside(container, argv))
  }

  private static func inside(_ container: String, _ argv: [String]) -> Command {
    Command(["docker", "exec", container] + argv)
  }

  /// The variable that marks the processes of a `docker exec`.
  static let marker = "BGRUN_STEP"

  /// The processes in a container that a `docker exec` with a mark started. Its output may contain
  /// secrets: never displayed.
  package func processes(in container: String, marked mark: String) -> HostCall {
    HostCall(
      .marked(container: container, mark: mark),
      Command(["docker", "top", container, "eww", "-o", "pid,args"]))
  }

  /// Signals processes on this machine.
  func kill(_ signal: String, _ pids: [Int]) -> HostCall {
    HostCall(
      .signal(pids: pids, container: nil), Command(["kill", "-\(signal)"] + pids.map(String.init)))
  }

  /// Signals processes of nginx on this machine.
  func kill(_ signal: String, _ pids: [Int], of nginx: NginxMaster) -> HostCall {
    let own = kill(signal, pids).command.argv
    return HostCall(.signal(pids: pids, container: nil), Self.onHost(nginx, own))
  }

  /// Signals processes in a container as root, by their PIDs there.
  ///
  /// - Parameter byShell: uses the shell's own `kill`, for an image without that program. The line has
  ///   only a signal's name and numbers in it.
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
    if let task = application.swarm?.task(container) {
      return HostCall(.start(container: container), Self.scale(task.service, to: task.number))
    }
    return HostCall(.start(container: container), Command(["docker", "start", container]))
  }

  /// Changes how many tasks a service of a Swarm has.
  private static func scale(_ service: String, to count: Int) -> Command {
    Command(["docker", "service", "scale", "--detach", "\(service)=\(count)"])
  }

  package func stop(_ container: String, grace: Duration) -> HostCall {
    let seconds = Int(grace.inSeconds.rounded(.up))
    if let task = application.swarm?.task(container) {
      return HostCall(
        .stop(container: container, grace: .seconds(seconds)), Self.scale(task.service, to: 0))
    }
    return HostCall(
      .stop(container: container, grace: .seconds(seconds)),
      Command(["docker", "stop", "-t", "\(seconds)", container]))
  }

  /// Whether a container has been asked to stop, by its events since its start.
  ///
  /// The engine remembers the last 256 events of all containers (moby, `daemon/events`), and a
  /// health check makes three: where much happens, a request of some seconds ago is forgotten.
  package func isStopping(_ container: Container) -> HostCall {
    if application.swarm?.task(container.name) != nil {
      return HostCall(
        .isStopping(container: container.id, signal: nil),
        Command(["docker", "inspect", "--type", "task", container.id]))
    }
    return HostCall(
      .isStopping(container: container.id, signal: container.stopSignal),
      Command([
        "docker", "events", "--since", container.startedAt, "--until", "0s",
        "--filter", "container=\(container.id)", "--filter", "event=start",
        "--filter", "event=kill", "--filter", "event=die", "--format",
        "{{.Action}} {{index .Actor.Attributes \"signal\"}}",
      ]))
  }

  /// Removes an exited container and its anonymous volumes.
  package func removeAll(of container: String) -> HostCall {
    HostCall(.remove(container: container), Command(["docker", "rm", "--volumes", container]))
  }

  package func remove(_ container: String) -> HostCall {
    if let task = application.swarm?.task(container) {
      return HostCall(.remove(container: container), Self.scale(task.service, to: 0))
    }
    return HostCall(.remove(container: container), Command(["docker", "rm", container]))
  }

  // MARK: nginx

  /// `nginx -T` tests like `nginx -t` and prints the files as the master would read them.
  package func testConfiguration(of nginx: NginxMaster) -> HostCall {
    HostCall(.testProxy(nginx), Self.command(nginx, ["-T"]))
  }

  /// Through systemd where it manages the master: it may allow a user that nothing else does.
  package func reload(_ nginx: NginxMaster) -> HostCall {
    HostCall(
      .reloadProxy(nginx),
      nginx.unit.map { Self.onHost(nginx, ["systemctl", "reload", $0]) }
        ?? Self.command(nginx, ["-s", "reload"]))
  }

  private static func command(_ nginx: NginxMaster, _ words: [String]) -> Command {
    let argv = [nginx.program] + nginx.options + words
    return nginx.container.map { inside($0, argv) } ?? onHost(nginx, argv)
  }

  private static func onHost(_ nginx: NginxMaster, _ argv: [String]) -> Command {
    Command(nginx.sudoer == nil ? argv : ["sudo", "-n"] + argv)
  }

  /// The line for sudoers that allows a master's commands, and nothing else.
  static func sudoers(for nginx: NginxMaster) -> String {
    var known = nginx
    if !known.program.hasPrefix("/") { known.program = "/usr/sbin/\(known.program)" }
    known.sudoer = nil
    let reload = known.unit.map { ["/usr/bin/systemctl", "reload", $0] }
    let commands = [command(known, ["-T"]).argv, reload ?? command(known, ["-s", "reload"]).argv]
    let texts = commands.map { argv in
      argv.joined(separator: " ").map { ",:=\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
    return "#\(nginx.sudoer ?? 0) ALL=(root) NOPASSWD: \(texts.joined(separator: ", "))"
  }

  /// This machine's processes, or one of them and its children.
  package func hostProcesses(_ parent: Int? = nil) -> HostCall {
    let which = parent.map { ["-p", "\($0)", "--ppid", "\($0)"] } ?? ["-e"]
    return HostCall(
      .hostProcesses(parent: parent), Command(["ps", "-ww"] + which + ["-o", "pid,etimes,args"]))
  }

  /// Whether this user may write to a path of this machine.
  package func mayWrite(_ path: String) -> HostCall {
    HostCall(.mayWrite(path: path), Command(["test", "-w", path]))
  }

  // MARK: Engine's place

  /// The docker CLI's engine endpoint.
  static let endpoint = HostCall(
    .endpoint,
    Command(["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]))

  /// The engine's machine: host name, kernel version and bytes of memory.
  static let machine = HostCall(
    .machine,
    Command(["docker", "info", "--format", "{{.Name}}\t{{.KernelVersion}}\t{{.MemTotal}}"]))

  // MARK: Versions and room

  static let engineVersion = HostCall(
    .version(of: "docker"), Command(["docker", "version", "--format", "{{.Server.Version}}"]))

  static let composeVersion = HostCall(
    .version(of: "compose"), Command(["docker", "compose", "version", "--short"]))

  /// The version of the proxy's nginx, which it prints to standard error.
  static func version(of nginx: NginxMaster) -> HostCall {
    HostCall(.version(of: "nginx"), command(nginx, ["-v"]))
  }

  /// The folder of the engine's images and containers.
  static let engineFolder = HostCall(
    .engineFolder, Command(["docker", "info", "--format", "{{.DockerRootDir}}"]))

  /// The free bytes of a path's file system.
  static func room(at path: String) -> HostCall {
    HostCall(.room(path: path), Command(["df", "-Pk", path]))
  }

  /// The ID of an image that is available locally.
  package func image(_ name: String) -> HostCall {
    HostCall(.image(name), Command(["docker", "image", "inspect", "--format", "{{.Id}}", name]))
  }

  /// Whether an image that is available locally came from a registry.
  package func isPulled(_ image: String) -> HostCall {
    HostCall(
      .isPulled(image),
      Command([
        "docker", "image", "inspect", "--format", "{{range .RepoDigests}}{{.}}{{end}}", image,
      ]))
  }

  // MARK: Leftovers

  package func pruneImages() -> HostCall {
    HostCall(.pruneImages, Command(["docker", "image", "prune", "--force"]))
  }

  /// The user-defined networks.
  package func networks() -> HostCall {
    HostCall(
      .networks,
      Command([
        "docker", "network", "ls", "--filter", "type=custom", "--format",
        "{{.Name}}\\t{{.Label \"\(Self.projectLabel)\"}}",
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

extension Application {
  /// `docker compose` for the plan's own project, or another one by name.
  func composeCommand(in project: String?) -> [String] {
    let files = project.flatMap { projects[$0]?.files } ?? composeFiles ?? []
    let name = project ?? projectName
    return ["docker", "compose"] + files.flatMap { ["--file", $0] }
      + (name.map { ["--project-name", $0] } ?? [])
  }

  /// The command for a user to type that shows a container's log.
  func logLine(of container: String) -> String {
    guard swarm?.task(container) != nil else { return "docker logs \(container)" }
    return "docker service logs \(container.split(separator: ".").last ?? "")"
  }

  /// A `docker compose` command for a user to type, about services; one for each of their projects.
  package func composeLine(_ words: String, _ services: ServiceID...) -> String {
    composeLine(words, services)
  }

  package func composeLine(_ words: String, _ services: [ServiceID]) -> String {
    if let swarm {
      return services.map { service in
        let name = swarm.service(service.name)
        let argv =
          switch words.split(separator: " ").first {
          case "logs": ["logs", name]
          case "stop": ["scale", "\(name)=0"]
          default:
            service.name == proxy.service ? ["update", "--force", name] : ["scale", "\(name)=1"]
          }
        return Command(["docker", "service"] + argv).description
      }.joined(separator: " && ")
    }
    let projects = services.map(\.project).reduce(into: [String?]()) { known, project in
      if !known.contains(project) { known.append(project) }
    }
    guard !projects.isEmpty else {
      return Command(composeCommand(in: nil) + words.split(separator: " ").map(String.init))
        .description
    }
    return projects.map { project in
      let names = services.filter { $0.project == project }.map(\.name)
      let own = project.flatMap { self.projects[$0]?.environment } ?? [:]
      return Command(
        composeCommand(in: project) + words.split(separator: " ").map(String.init) + names,
        environment: own
      ).description
    }.joined(separator: " && ")
  }
}
