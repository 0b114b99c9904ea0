import DeployDSL
import DeployRunner

/// Reads a project and decides what its first plans say.
struct ProjectReader {
  let folder: PlanFolder
  let options: Options
  let interview: Interview
  let compose: ComposeChoice
  let deployer: Deployer

  private var root: String { Paths.absolute(folder.typed) }

  /// The application in whose name the project is read.
  private func reading(_ files: [String]? = nil) -> Application {
    let files = files ?? (compose.isNamed ? compose.files : nil)
    return Self.application(compose: files ?? [])
  }

  /// The same where each colour is a project.
  private func reading(_ projects: ColorProjects, _ service: String) -> Application {
    Deploy(
      "init", blue: projects.reference(to: service, .blue),
      green: projects.reference(to: service, .green),
      compose: projects.files.isEmpty ? (compose.isNamed ? compose.files : nil) : projects.files
    ) {}
    .application
  }

  /// - Throws: ``ToolError`` or ``DeployError`` if no plan can work, or an answer is missing.
  func read() async throws -> FirstPlan {
    var survey = try await deployer.survey(of: reading())
    let projects = ColorProjects(of: survey, in: root)
    if let projects, let service = survey.project.services.keys.min() {
      survey = try await deployer.survey(of: reading(projects, service))
    }
    var plan = FirstPlan()
    plan.found.append(
      "Compose project \(survey.project.name): \(compose.files.joined(separator: ", "))")
    let search = ProxySearch(
      survey: survey, named: options.proxy, interview: interview, deployer: deployer)
    let proxy = try await search.find()
    plan.found.append(proxy.summary)
    let layout = try ProjectLayout(
      survey: survey, proxy: proxy, options: options, projects: projects)
    if let projects {
      plan.found.append(
        "the colours are Compose projects: \(projects.blue.name) and \(projects.green.name)")
      if !projects.guessed.isEmpty {
        plan.hints.append(
          "\(projects.guessed.joined(separator: ", ")) of the colour that was never started is a guess: "
            + "see environment: in the plan")
      }
    }
    if layout.applications.isEmpty {
      try await addSecondColor(to: &plan, survey, proxy, layout)
    } else {
      for application in layout.applications {
        try await add(application, to: &plan, project: survey.project, survey, proxy)
      }
      for name in layout.singles {
        plan.hints.append(
          "\(name) is behind the proxy as well, with one service: `bgrun init --application \(name)` "
            + "writes its second colour")
      }
    }
    plan.hints += layout.notes
    if case .service(let name) = proxy.place.place, !proxy.isRunning {
      plan.stopped.append(ServiceID(name))
    }
    try await leaveAlone(plan.applications, in: survey.project, &plan)
    if plan.overlay != nil, plan.environmentLine != nil {
      let services = plan.active + [proxy.place.service.map { ServiceID($0) }].compactMap(\.self)
      plan.restart = Self.application().composeLine("up -d", services)
    }
    let files = plan.environmentLine == nil ? plan.applications.first?.compose ?? [] : []
    plan.start =
      plan.stopped.isEmpty
      ? nil
      : (projects.map { reading($0, "") } ?? Self.application(compose: files))
        .composeLine("up -d", plan.stopped)
    return plan
  }

  // MARK: Applications

  /// Completes an application with what its site, its image and its running container show.
  private func add(
    _ application: PlannedApplication, to plan: inout FirstPlan, project: ComposeProject,
    _ survey: ProjectSurvey, _ proxy: ProxyReading
  ) async throws {
    var application = application
    if compose.isNamed, application.compose.isEmpty,
      application.projects == nil || proxy.place.service != nil
    {
      application.compose = compose.files
    } else if application.projects != nil, !compose.isNamed, application.compose == compose.files {
      application.compose = []
    }
    application.proxy = proxy.place
    let model = application.model
    let hosts = ColorHosts(of: model, in: project, for: proxy.proxy)
    let place = folder.typed == "." ? [] : [folder.typed]
    let search = SiteSearch(
      proxy: proxy, project: project, folder: root, command: ["bgrun", "init"] + place + answers)
    let (site, said) = try await search.site(of: model, named: options.site, by: interview)
    application.site = site
    let running = Color.allCases.filter {
      survey.container(of: model.serviceID($0))?.isRunning == true
    }
    let active = said ?? running.first ?? .blue
    if site.generated != nil {
      plan.hints.append(
        "nginx has no site for \(application.name) yet: the first deploy writes \(site.file); add "
          + "serverName:, tls: and more to .generated(…) in the plan")
    }
    let all = Color.allCases.flatMap { hosts[$0] }
    let way = proxy.traffic.way(to: Set(all))
    let container = running.lazy.compactMap { survey.container(of: model.serviceID($0)) }.first
    let workers = application.workers.map { ServiceID(active == .blue ? $0.blue : $0.green) }
    let together = [model.serviceID(active)] + workers
    plan.active += together
    plan.stopped += together.filter { survey.container(of: $0)?.isRunning != true }
    let service = project[model.serviceID(.blue)]
    if service?.firstPort == nil {
      application.port = proxy.traffic.port(of: all) ?? container?.exposedPort
      if site.generated != nil, application.port == nil {
        throw ToolError(
          "the port of \(application.pair.blue) is not known, which its site needs",
          fix: "write it into the Compose file: `expose: [\"3000\"]`", code: .environment)
      }
    }
    let health = HealthSearch(
      deployer: deployer, proxy: proxy.isRunning ? proxy.proxy.container : nil)
    let found = await health.find(
      in: container, service, port: service?.firstPort ?? application.port, by: way)
    application.health = options.health ?? found.path
    application.retries = found.retries
    application.source = await source(of: model, in: project)
    application.version = version(of: application.pair, in: survey.written)
    application.drain = way?.longConnections.map { $0.patience(atLeast: 60) }
    plan.hints += dependencies(of: application, in: project)
    plan.applications.append(application)
    plan.found += application.summary(way: way, health: options.health == nil ? found : nil)
  }

  /// Colours in projects of their own have dependencies of their own, which a deploy does not start.
  private func dependencies(
    of application: PlannedApplication, in project: ComposeProject
  ) -> [String] {
    guard application.projects != nil else { return [] }
    let model = application.model
    let commands = Color.allCases.compactMap { color -> String? in
      let id = model.serviceID(color)
      let needed = (project[id]?.dependencies.keys.sorted() ?? []).map {
        ServiceID($0, in: id.project)
      }
      return needed.isEmpty ? nil : "`\(model.composeLine("up -d", needed))`"
    }
    guard !commands.isEmpty else { return [] }
    return [
      "each colour has dependencies of its own, which a deploy does not start: start them once, "
        + commands.joined(separator: " and ")
    ]
  }

  private func source(
    of model: Application, in project: ComposeProject
  ) async -> PlannedApplication.Source {
    guard project[model.serviceID(.blue)]?.build == nil else { return .build }
    for color in Color.allCases {
      guard let image = project[model.serviceID(color)]?.image else { continue }
      if await !deployer.comesFromRegistry(image) { return .local }
    }
    return .pull
  }

  /// The variable that decides the version of both colours, if there is exactly one.
  private func version(
    of pair: ColorPair, in project: ComposeProject
  ) -> PlannedApplication.Version? {
    let images = Set(pair.services.compactMap { project.services[$0]?.image })
    guard images.count == 1, let image = images.first else { return nil }
    let parts = image.partsOutsideBraces
    let text = parts.count > 1 ? parts[parts.count - 1] : parts[0].contains("$") ? parts[0] : ""
    let names = text.split(separator: "$", omittingEmptySubsequences: false).dropFirst().map {
      $0.drop { $0 == "{" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    }
    guard let name = names.first, names.count == 1, !name.isEmpty else { return nil }
    let variable = String(name)
    let word = ["TAG", "VERSION"].first { variable.uppercased().contains($0) }
    // Compose prefers the file beside the first Compose file.
    let first = compose.files.first ?? ""
    let file = first.dropLast(Paths.name(of: first).count) + ".env"
    return PlannedApplication.Version(
      variable: variable, parameter: (word ?? variable).lowercased(),
      file: Files.exists(folder.path(of: String(file))) ? String(file) : ".env")
  }

  // MARK: The second colour

  private func addSecondColor(
    to plan: inout FirstPlan, _ survey: ProjectSurvey, _ proxy: ProxyReading,
    _ layout: ProjectLayout
  ) async throws {
    let names = try await singles(layout, proxy)
    for name in names {
      guard survey.project.services[name]?.networkMode != "host" else {
        throw ToolError(
          "\(name) uses the host's network: a second container cannot listen on the same port",
          fix: "give it a network of its own in the Compose file, and publish its port",
          code: .environment)
      }
      let green = SecondColor.green(of: name)
      guard survey.project.services[green] == nil else {
        throw ToolError(
          "the project already has a service \(green)",
          fix: "if it is the second colour: --blue \(name) --green \(green)")
      }
    }
    var workers: [String] = []
    for worker in options.workers where !workers.contains(worker) {
      guard !names.contains(worker) else {
        throw ToolError(
          "\(worker) is the application: it cannot be its own worker",
          fix: "leave out --workers \(worker)")
      }
      try layout.check(worker: worker, in: survey.project, proxy)
      workers.append(worker)
    }
    let services = names + workers
    let used = (survey.containers + survey.others).flatMap(\.publishedAddresses).map(\.port)
    let second = SecondColor(
      project: survey.project, services: services,
      definitions: try await definitions(of: services),
      volumes: try await volumes(of: services, in: survey.project),
      taken: Set(used))
    let path = overlayPath(for: names)
    plan.environmentLine = environmentLine(compose.files + [path])
    let fresh = services + [proxy.place.service].compactMap(\.self)
    let start = Self.application(
      compose: plan.environmentLine == nil ? compose.files + [path] : []
    ).composeLine("up -d", fresh.map { ServiceID($0) })
    plan.overlay = FirstPlan.File(
      path: path,
      text: second.text(for: names.map { "Plans/\($0).swift" }, start: start))
    let files = compose.files + [path]
    if plan.environmentLine == nil {
      plan.hints.append(unread(files))
    } else if compose.isNamed {
      plan.hints.append(
        "`docker compose -f \(compose.files[0])` does not read the overlay, and would recreate the live "
          + "colour: leave -f out, .env names the files")
    }
    var after = survey
    after.project = second.result
    for name in names {
      let green = SecondColor.green(of: name)
      plan.found.append(
        "\(name) is one service: it becomes blue as it is, \(green) is its second colour")
      let own = names.count == 1 ? options.applications.first : nil
      var application = PlannedApplication(
        name: own ?? name, pair: ColorPair(stem: name, blue: name, green: green))
      // They switch with the first application.
      if name == names[0] {
        application.workers = workers.map {
          ColorPair(stem: $0, blue: $0, green: SecondColor.green(of: $0))
        }
      }
      application.compose = files
      try await add(application, to: &plan, project: second.result, after, proxy)
    }
    plan.hints += hints(for: names, services, in: survey.project, plan)
  }

  /// The services that get a second colour.
  private func singles(
    _ layout: ProjectLayout, _ proxy: ProxyReading
  ) async throws -> [String] {
    if let blue = options.blue { return [blue] }
    let named = layout.singles.filter(options.applications.contains)
    if !named.isEmpty { return named }
    if layout.singles.count == 1 { return layout.singles }
    guard !layout.singles.isEmpty else {
      let targets = proxy.traffic.hosts.sorted().joined(separator: ", ")
      throw ToolError(
        "\(proxy.name) sends requests to no service of the Compose project"
          + (targets.isEmpty ? "" : ", but to \(targets)"),
        fix: proxy.isRunning
          ? "send them to a service that has a port: proxy_pass http://SERVICE:PORT;"
          : "start it, so that its configuration can be read: `docker compose up -d`",
        code: .environment)
    }
    let all = "all of them"
    let chosen = try await interview.choose(
      "Which service gets a second colour?",
      among: layout.singles + (interview.ask == nil ? [] : [all]),
      option: "--application", repeats: true)
    return chosen == all ? layout.singles : [chosen]
  }

  /// The files that define each service.
  private func definitions(of services: [String]) async throws -> [String: [String]] {
    guard compose.files.count > 1 else {
      return Dictionary(uniqueKeysWithValues: services.map { ($0, compose.files.map(Paths.name)) })
    }
    var files: [String: [String]] = [:]
    for file in compose.files {
      let project = try await deployer.definitions(in: reading([file]))
      for name in services where project.services[name] != nil {
        files[name, default: []].append(Paths.name(of: file))
      }
    }
    return files
  }

  private func volumes(
    of services: [String], in project: ComposeProject
  ) async throws -> SecondColor.Volumes {
    if let said = options.volumes { return said }
    let writable = services.flatMap { SecondColor.writable(project.services[$0] ?? .init()) }
    guard !writable.isEmpty else { return .shared }
    let list = writable.map { "\($0.source):\($0.target)" }.joined(separator: ", ")
    let answer = try await interview.choose(
      "May both colours write to \(list) at the same time? shared: yes, both use it; own: no, the "
        + "second colour gets its own", among: SecondColor.Volumes.allCases.map(\.rawValue),
      option: "--volumes")
    return SecondColor.Volumes(rawValue: answer) ?? .shared
  }

  /// Beside the first file: `docker-compose.bgrun.yml`; with the services' names if that one exists.
  private func overlayPath(for services: [String]) -> String {
    let base = compose.files.first ?? "compose.yaml"
    let isDocker = Paths.name(of: base).hasPrefix("docker-")
    let ending = base.hasSuffix(".yml") ? "yml" : "yaml"
    let stem =
      base.dropLast(Paths.name(of: base).count) + (isDocker ? "docker-compose" : "compose")
      + ".bgrun"
    let usual = "\(stem).\(ending)"
    guard Files.exists(folder.path(of: usual)), compose.files.contains(usual) else { return usual }
    return "\(stem)-\(services.joined(separator: "-")).\(ending)"
  }

  /// - Returns: `nil` if the files are not in the project's folder itself, or another line names them.
  private func environmentLine(_ files: [String]) -> String? {
    files.contains { $0.contains("/") } || named != nil
      ? nil : "COMPOSE_FILE=\(files.joined(separator: ":"))"
  }

  /// The Compose files that the environment or `.env` names.
  private var named: String? { ComposeChoice.variable("COMPOSE_FILE", in: folder) }

  /// Everyday commands that do not read the overlay would recreate the live colour.
  private func unread(_ files: [String]) -> String {
    if let named {
      return
        "everyday `docker compose` commands must read the overlay, too: add it to COMPOSE_FILE "
        + "in .env: COMPOSE_FILE=\(named):\(files.last ?? "")"
    }
    let line = Self.application(compose: files).composeLine("up -d", [])
    return
      "everyday commands must read the overlay, too, or they recreate the live colour: `\(line)`"
  }

  /// Keeps everyday `docker compose up -d` away from colours that both exist already.
  private func leaveAlone(
    _ applications: [PlannedApplication], in project: ComposeProject, _ plan: inout FirstPlan
  ) async throws {
    // Everyday commands for one colour's files or project start that colour only.
    guard plan.overlay == nil, !compose.files.contains(where: \.namesColor),
      applications.allSatisfy({ $0.projects == nil })
    else { return }
    let all = applications.flatMap { [$0.pair] + $0.workers }.flatMap(\.services)
    let started = EverydayProfile.started(
      of: all, in: project, enabled: ComposeChoice.variable("COMPOSE_PROFILES", in: folder))
    guard !started.isEmpty else { return }
    let startsBoth = applications.flatMap { [$0.pair] + $0.workers }.contains {
      $0.services.allSatisfy(started.contains)
    }
    let everyday = EverydayProfile(
      project: project, services: started, startsBoth: startsBoth)
    let path = overlayPath(for: started)
    let line = compose.isNamed ? nil : environmentLine(compose.files + [path])
    let isWritten = line != nil && !Files.exists(folder.path(of: path))
    let names = started.joined(separator: " and ")
    if isWritten,
      try await interview.confirms(
        "`docker compose up -d` would start \(everyday.started), and recreate the live one when its "
          + "image has changed. Write \(path), so that it leaves \(names) alone?")
    {
      plan.overlay = FirstPlan.File(path: path, text: everyday.text)
      plan.environmentLine = line
      plan.found.append(
        "`docker compose up -d` starts \(everyday.started): \(path) keeps it from that")
      return
    }
    let command = Self.application(compose: compose.isNamed ? compose.files : [])
      .composeLine("up -d", [])
    let optional = everyday.needing.map { name, needed in
      "; to depends_on of \(name): "
        + needed.sorted { $0.key < $1.key }.map {
          "`\($0.key): { condition: \($0.value), required: false }`"
        }.joined(separator: ", ")
    }
    plan.hints.append(
      "`\(command)` starts \(everyday.started), and recreates the live one when its image has "
        + "changed; to keep it from that, add to \(names): "
        + "`\(everyday.profile(of: started[0]).drop { $0 == " " })`"
        + optional.joined())
  }

  private func hints(
    for names: [String], _ services: [String], in project: ComposeProject, _ plan: FirstPlan
  ) -> [String] {
    let others = project.services.keys.sorted().filter { !services.contains($0) }
    let needed = names.flatMap { (project.services[$0]?.dependencies ?? [:]).keys }
    let shared = Set(needed).subtracting(services).sorted()
    var hints = others.flatMap { other in
      names.filter { name in
        let image = project.services[name]?.image
        return image != nil && project.services[other]?.image == image
      }.prefix(1).map { name in
        "\(other) runs the image of \(name) as well, and is not switched: update it with `docker compose "
          + "up -d \(other)`; to give it a second colour, too: `\(again(plan)) --workers \(other)`"
      }
    }
    if !shared.isEmpty {
      hints.append(
        "both colours use the same \(shared.joined(separator: ", ")); a deploy neither starts nor recreates "
          + "\(shared.count == 1 ? "it" : "them"), so a migration must fit both versions")
    }
    if plan.environmentLine != nil, readsEnvironmentFile {
      hints.append(
        "services with `env_file: .env` get the line COMPOSE_FILE into their environment: the next "
          + "`docker compose up -d` recreates them once")
    }
    return hints
  }

  /// The command that undoes what is about to be written, and asks again.
  private func again(_ plan: FirstPlan) -> String {
    let files = [plan.overlay?.path].compactMap(\.self) + plan.plans.map(\.path)
    let line = plan.environmentLine == nil ? "" : "sed -i '/^COMPOSE_FILE=/d' .env && "
    let init_ = "\(Command(["bgrun", "init"] + answers))"
    return options.isDryRun ? init_ : "rm \(files.joined(separator: " ")) && \(line)\(init_)"
  }

  /// The options that give the same answers, but for a site.
  private var answers: [String] {
    let volumes = options.volumes.map(\.rawValue)
    let given: [(option: String, values: [String])] = [
      ("--compose", options.composeFiles), ("--application", options.applications),
      ("--blue", [options.blue].compactMap(\.self)),
      ("--green", [options.green].compactMap(\.self)),
      ("--proxy", [options.proxy].compactMap(\.self)),
      ("--health", [options.health].compactMap(\.self)),
      ("--volumes", [volumes].compactMap(\.self)), ("--workers", options.workers),
    ]
    return given.flatMap { answer in answer.values.flatMap { [answer.option, $0] } }
  }

  /// Whether a Compose file hands `.env` to containers.
  private var readsEnvironmentFile: Bool {
    compose.files.contains { file in
      let text = String(decoding: Files.read(folder.path(of: file)) ?? [], as: UTF8.self)
      return text.contains("env_file")
        && text.split { " \"'[],-\n\t:".contains($0) }.contains { $0 == ".env" || $0 == "./.env" }
    }
  }

  /// An application with the project's Compose files, for commands.
  private static func application(compose: [String] = []) -> Application {
    Deploy("init", compose: compose.isEmpty ? nil : compose) {}.application
  }
}

extension PlannedApplication {
  /// What was found about it, in a line each.
  fileprivate func summary(way: NginxTraffic.Way?, health: HealthSearch.Found?) -> [String] {
    var lines = ["\(name): \(pair.blue) and \(pair.green), \(site.summary)"]
    if !workers.isEmpty {
      let list = workers.map { "\($0.blue) and \($0.green)" }.joined(separator: ", ")
      lines.append("workers, which get no requests: \(list)")
    }
    if let health { lines.append("health: \(health.text)") }
    if let text = way?.longConnections { lines.append("long connections: \(text.text)") }
    return lines
  }
}

extension Site {
  fileprivate var summary: String {
    if generated != nil { return "site file \(file), which bgrun writes" }
    let sources =
      hasUsualSources ? "" : isOwnSource ? ", rewritten" : ", made from \(blue) and \(green)"
    return "site file \(file)\(sources)" + (url.map { ", \($0)" } ?? "")
  }
}

extension Container {
  /// The only port that its image exposes.
  fileprivate var exposedPort: Int? {
    let ports = ports.keys.filter { $0.hasSuffix("/tcp") }
    return ports.count == 1 ? Int(ports[0].dropLast(4)) : nil
  }
}

extension ToolError {
  init(_ failure: DeployError) {
    self.init(
      failure.message, fix: failure.fix, code: failure.code == .plan ? .usage : .environment,
      details: failure.details.map { "  \($0)\n" }.joined())
  }
}
