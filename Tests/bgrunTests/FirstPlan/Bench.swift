import DeployDSL
import DeployRunner
import Foundation

@testable import bgrun

/// A project's folder, and what Docker and nginx would say of it.
final class Bench {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "layout \(UUID().uuidString)").resolvingSymlinksInPath()
  var host = CannedHost()
  var options = Options()
  /// What the user answers, question by question; `nil` without a terminal.
  var answers: [String]?

  init(_ files: [String: String]) throws {
    for (name, text) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What `init` finds and would write.
  ///
  /// - Parameters:
  ///   - services: the project's services as Compose prints them; `$PWD` is the folder.
  ///   - running: the running containers, by service, with what `nginx -T` prints there.
  func plan(_ services: String, running: [String: String] = [:]) async throws -> FirstPlan {
    host.project =
      #"{"name": "shop", "networks": {"default": {"name": "shop_default"}}, "services": {\#(services)}}"#
      .replacing("$PWD", with: folder.path)
    host.running = running.mapValues { $0.replacing("$PWD", with: folder.path) }
    let asked = Answers(answers ?? [])
    let ask: @Sendable (String) async throws -> String = { await asked.next(to: $0) }
    let interview = Interview(ask: answers == nil ? nil : ask)
    let place = PlanFolder(folder.path)
    let compose = try await ComposeChoice.find(
      in: place, named: options.composeFiles, by: interview)
    let reader = ProjectReader(
      folder: place, options: options, interview: interview, compose: compose,
      deployer: Deployer(executor: host))
    return try await reader.read()
  }

  /// The heads of the plans: what they say between `import` and the steps.
  func heads(_ services: String, running: [String: String] = [:]) async throws -> [String] {
    try await plan(services, running: running).plans.map { file in
      let head = file.text.split(separator: " {\n").first.map(String.init) ?? ""
      return head.replacing("import DeployDSL\n\n", with: "")
    }
  }
}

/// Answers, one after the other.
private actor Answers {
  private var rest: [String]

  init(_ answers: [String]) { rest = answers }

  func next(to question: String) -> String { rest.isEmpty ? "" : rest.removeFirst() }
}

/// A host that says what a test wants to hear.
struct CannedHost: Executor {
  var project = "{}"
  /// What single Compose files define, by their names.
  var definitions: [String: String] = [:]
  /// The running services, with what `nginx -T` prints there.
  var running: [String: String] = [:]
  /// A running nginx that Compose did not start, with what `nginx -T` prints there.
  var outside: String?
  var stranger = (network: "bridge", mount: (source: "", target: ""))
  /// Running containers of other projects, by the project's name.
  var projects: [String: (service: String, folder: String, port: Int)] = [:]
  /// The project with variables as they are written, if it differs.
  var raw: String?
  /// A container's own health check, as `docker inspect` prints it.
  var healthCheck: String?
  /// The answers of the application, by path.
  var answers: [String: HTTPAnswer] = [:]
  /// Whether images come from a registry.
  var isPulled = true

  var clock: any Clock<Duration> { ContinuousClock() }
  var stateFolder: String? { nil }
  var isSimulated: Bool { true }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    switch operation.request {
    case .http(let url, _):
      let path = WebAddress(url)?.path ?? ""
      return .http(answers[path] ?? HTTPAnswer(status: 404, body: ""))
    case .call(let call): return try answer(call)
    default: return .command(CommandResult(status: 1))
    }
  }

  private func answer(_ call: HostCall) throws -> OperationResult {
    switch call.kind {
    case .project:
      let file = call.command.argv.firstIndex(of: "--file").map { call.command.argv[$0 + 1] }
      let isRaw = call.command.argv.contains("--no-consistency")
      var text = isRaw ? file.flatMap { definitions[$0] } ?? raw ?? project : project
      let name = call.command.argv.firstIndex(of: "--project-name").map {
        call.command.argv[$0 + 1]
      }
      if let name {
        text = text.replacing("shop_default", with: "edge")
          .replacing(#""name": "shop""#, with: "\"name\": \"\(name)\"")
      }
      return .answer(HostAnswer(.project(try .parse(text))))
    case .containers:
      let own = running.keys.sorted().map { HostAnswer.Listed($0, project: "shop") }
      let others = projects.keys.sorted().map { HostAnswer.Listed($0, project: $0) }
      return .answer(
        HostAnswer(.list(own + others + (outside == nil ? [] : [.init("edge", project: nil)]))))
    case .inspect(let names):
      return .answer(HostAnswer(.containers(try names.flatMap(container))))
    case .processes: return .answer(HostAnswer(.processes(ProcessTable())))
    case .isPulled: return .answer(HostAnswer(.flag(isPulled)))
    default:
      if call.command.argv.contains("-T"), call.command.argv.contains("edge"), let outside {
        return .command(CommandResult(status: 0, output: outside))
      }
      guard call.command.argv.contains("-T"),
        let service = running.keys.first(where: { call.command.argv.contains("shop-\($0)-1") })
      else { return .command(CommandResult(status: 1)) }
      return .command(CommandResult(status: 0, output: running[service] ?? ""))
    }
  }

  /// A running container, with the mounts and ports of its service.
  private func container(_ service: String) throws -> [Container] {
    if let other = projects[service] {
      return try Container.parse(
        """
        [{"Id": "\(service)", "Name": "/\(service)-\(other.service)-1", "State": {"Status": "running"},
          "Config": {"Image": "api:1", "Labels": {"com.docker.compose.project": "\(service)",
            "com.docker.compose.service": "\(other.service)",
            "com.docker.compose.project.working_dir": "\(other.folder)",
            "com.docker.compose.project.config_files": "\(other.folder)/docker-compose.yml"}},
          "Mounts": [],
          "NetworkSettings": {"Ports": {"3000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "\(other.port)"}]},
            "Networks": {"edge": {"IPAddress": "172.18.0.3"}}}}]
        """)
    }
    guard service != "edge" else {
      return try Container.parse(
        """
        [{"Id": "edge", "Name": "/edge", "State": {"Status": "running"},
          "Config": {"Image": "nginx:1.28", "Labels": {}},
          "Mounts": [{"Source": "\(stranger.mount.source)", "Destination": "\(stranger.mount.target)"}],
          "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}]},
            "Networks": {"\(stranger.network)": {"IPAddress": "172.18.0.9"}}}}]
        """)
    }
    let model = try ComposeProject.parse(project).services[service]
    let mounts = (model?.mounts ?? []).map {
      #"{"Source": "\#($0.source)", "Destination": "\#($0.target)"}"#
    }
    let ports = (model?.ports ?? []).map {
      #""\#($0.target)/tcp": [{"HostIp": "127.0.0.1", "HostPort": "\#($0.published ?? "")"}]"#
    }
    let check = healthCheck.map { #", "Healthcheck": \#($0)"# } ?? ""
    return try Container.parse(
      """
      [{"Id": "\(service)", "Name": "/shop-\(service)-1", "State": {"Status": "running"},
        "Config": {"Image": "\(model?.image ?? "")"\(check), "Labels":
          {"com.docker.compose.service": "\(service)"}},
        "Mounts": [\(mounts.joined(separator: ", "))],
        "NetworkSettings": {"Ports": {\(ports.joined(separator: ", "))},
          "Networks": {"shop_default": {"IPAddress": "172.18.0.2"}}}}]
      """)
  }
}
