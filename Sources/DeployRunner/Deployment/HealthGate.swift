import DeployDSL

/// Waits until a service is healthy, and fails early if its container has died.
struct HealthGate {
  /// How often to inspect the container: that costs more than a probe, and a booting service needs
  /// the processor.
  private static let lookEvery: Duration = .milliseconds(400)
  /// How many of the container's last log lines an error shows.
  private static let logLines = 50

  let context: ActionContext
  let step: Health
  let service: ServiceID

  /// Probes every container of the service until there are enough good answers in a row.
  ///
  /// - Returns: The containers as of the end, and the last good answer; no container in a dry run.
  func open() async throws -> ([Container], String) {
    var found = try await find()
    guard !found.isEmpty else { return try await describe() }
    guard found.count > 1 else {
      let (container, answer) = try await open(found[0])
      return ([container], answer)
    }
    var last = ""
    for index in found.indices {
      (found[index], last) = try await open(found[index], number: index + 1, of: found.count)
    }
    // Meanwhile an earlier one may have died.
    let restarts = found.map(\.restartCount)
    for index in found.indices {
      found[index] = try await look(at: found[index], restarts: restarts[index])
    }
    return (found, last)
  }

  /// Probes one container; of several, says which.
  private func open(
    _ found: Container, number: Int = 1, of count: Int = 1
  ) async throws -> (Container, String) {
    let before = context.state.current.containers[service]?.first { $0.id == found.id }
    var container = found
    let which = count > 1 ? "\(found.name), \(number) of \(count): " : ""
    let question = try HealthProbe(step: step, service: service, container: container, context)
    let restarts = before?.id == container.id ? before?.restartCount ?? 0 : 0
    let began = context.clock.now()
    // A container that was running before the run has finished booting.
    let booting =
      before?.isSameLife(as: container) == true && before?.isRunning == true
      ? .zero : question.healthCheck?.startPeriod ?? .zero
    if booting > .zero {
      context.note(
        "\(service) has a start_period of \(booting.forPeople): bad "
          + "answers until then do not count")
    }
    let window = booting + step.every * step.retries
    context.emit(.deadline(min(began + window, context.deadline ?? .seconds(Int64.max / 4))))
    let rhythm = Rhythm(every: step.every)
    var looked = began
    var good = 0
    var said: Set<String> = []
    container = try await check(container, restarts: restarts)
    while true {
      let asked = context.clock.now() - began
      let answer = await question.ask(container)
      let elapsed = context.clock.now() - began
      let counted = max(.zero, elapsed - booting)
      let attempt = min(step.retries, Int(counted.inSeconds / step.every.inSeconds) + 1)
      try Task.checkCancellation()
      if said.insert("\(attempt) \(answer.text)").inserted {
        context.emit(
          .probe(
            attempt: attempt, of: step.retries, answer: which + answer.text, isGood: answer.isGood))
      }
      good = answer.isGood ? good + 1 : 0
      if good >= step.successes {
        // A good answer from a container that has just died does not count.
        return (try await look(at: container, restarts: restarts), answer.text)
      }
      guard elapsed < window else {
        throw await unhealthy(container, answer, booting, question.healthCheck)
      }
      // A process in the container costs much more than a request.
      let pause = rhythm.next(after: elapsed, atLeast: question.isCommand ? elapsed - asked : .zero)
      try await context.sleep(good > 0 ? step.every : pause)
      let now = context.clock.now()
      if now - looked >= Self.lookEvery || question.isAboutContainer {
        container = try await look(at: container, restarts: restarts)
        looked = now
      }
    }
  }

  /// The pauses between probes: short while the service boots, longer the longer it takes.
  private struct Rhythm {
    let every: Duration

    func next(after elapsed: Duration, atLeast least: Duration) -> Duration {
      min(every, max(.milliseconds(30), elapsed / 50, least * 2))
    }
  }

  /// The service's containers that are running, or all if none is.
  private func find() async throws -> [Container] {
    let found = try await ComposeInspector(context: context).containers(of: service, .verify)
    let wanted = step.role == .target ? context.replicas(of: service) : 1
    // A container that has just crashed must not be overlooked.
    if found.count > 1, wanted > 1 { return found }
    if let one = found.main {
      guard found.running.count > 1 else {
        guard wanted > 1, !context.isDryRun else { return [one] }
        throw DeployError(
          .unhealthy, "\(service) has 1 of \(wanted) containers",
          fix: "find what removed the others, then run the plan again")
      }
      return found.running
    }
    guard !context.isDryRun else { return [] }
    throw DeployError(
      .unhealthy, "\(service) has no container",
      fix: "put Up(.\(step.role.rawValue)) before Health()")
  }

  /// The service, with the container's name if it has several.
  private func name(_ container: Container) -> String {
    context.isReplicated(service) ? "\(service) (\(container.name))" : "\(service)"
  }

  /// In a dry run: shows what a real run would probe.
  private func describe() async throws -> ([Container], String) {
    let question = try HealthProbe(step: step, service: service, container: nil, context)
    let answer = await question.ask(nil)
    context.note(
      "probed until it succeeds: at most \(step.retries) attempts, \(step.every.forPeople) apart")
    return ([], answer.text)
  }

  /// The current container.
  private func look(at known: Container, restarts: Int) async throws -> Container {
    let inspector = ComposeInspector(context: context)
    guard let now = try await inspector.inspect([known.id], .verify).first else {
      throw DeployError(
        .interference, "the container of \(service) was removed during the health check",
        fix: "find the other deploy, then run the plan again")
    }
    return try await check(now, restarts: restarts)
  }

  /// The container, if it is running and has not restarted since it was started.
  ///
  /// - Throws: Otherwise ``DeployError`` with its last log lines.
  private func check(_ now: Container, restarts: Int) async throws -> Container {
    let hasCrashed = now.restartCount > restarts
    if now.isRunning, !hasCrashed { return now }
    if now.status == "paused" {
      throw DeployError(
        .unhealthy, "\(name(now)) is paused", fix: "resume it: `docker unpause \(now.name)`")
    }
    let fate = hasCrashed && now.isRunning ? try await fate(ofCrashing: now) : now.fate
    throw await Self.telling(
      now,
      DeployError(
        .unhealthy, "\(name(now)) is not healthy: its container \(fate)",
        fix: "see its last log lines"), in: context)
  }

  /// What happened to a container that crashed and runs again: while it runs Docker does not tell
  /// its exit code, but it will soon crash again.
  private func fate(ofCrashing container: Container) async throws -> String {
    for _ in 0..<10 {
      try await context.sleep(.milliseconds(150))
      let inspector = ComposeInspector(context: context)
      guard let now = try await inspector.inspect([container.id], .verify).first else { break }
      if !now.isRunning { return now.fate }
    }
    return "crashed and was restarted by Docker"
  }

  private func unhealthy(
    _ container: Container, _ answer: HealthProbe.Answer, _ booting: Duration,
    _ check: Container.HealthCheck?
  ) async -> DeployError {
    let window = booting + step.every * step.retries
    var message =
      "\(name(container)) did not become healthy within \(window.forPeople) ("
      + (booting > .zero ? "start_period \(booting.forPeople), then " : "")
      + "\(step.retries) attempts, \(step.every.forPeople) apart); the last answer was "
      + "\(answer.text)"
    if let node = container.node, answer.rejected == nil, container.health == "healthy" {
      return DeployError(
        .unhealthy, "\(message); for Swarm it is healthy, so the proxy does not reach \(node)",
        fix: "if the connection to \(node) was lost, wait a minute until the overlay network works "
          + "again, then run the plan again; else open the ports 7946 and 4789/udp between the nodes"
      )
    }
    let role = step.role == .target ? "" : ".\(step.role.rawValue), "
    let seconds = step.every.inSeconds
    let every = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    var fix =
      "see its last log lines; if it only needs more time, raise the limit: "
      + "`Health(\(role)retries: \(step.retries * 2), every: \(every))`"
    if let check {
      let patience =
        (check.startPeriod > .zero ? "start_period \(check.startPeriod.forPeople), then " : "")
        + "\(check.retries) bad checks, \(check.interval.forPeople) apart"
      if container.health == "unhealthy" {
        message += "; Docker marked it unhealthy, too: its health check allows \(patience)"
        fix =
          "see its last log lines; if it just needs longer to boot, tell Docker in the Compose "
          + "file, and bgrun waits as long: `healthcheck: {start_period: "
          + "\(Int(window.inSeconds.rounded(.up)) * 2)s}`"
      } else if container.health == "starting" {
        message += "; the plan's time is too short: Docker waits longer (\(patience))"
      }
    }
    return await Self.telling(
      container,
      DeployError(
        .unhealthy, message, fix: fix,
        details: Self.lastCheck(of: container) + context.excerpt(of: answer.rejected)),
      in: context)
  }

  /// An error with the container's last log lines; if there are none, the fix does not refer to
  /// them.
  static func telling(
    _ container: Container, _ failure: DeployError, in context: ActionContext
  ) async -> DeployError {
    var failure = failure
    let log = await log(of: container, in: context)
    failure.details += log
    guard log.isEmpty, let fix = failure.fix else { return failure }
    let rest = fix.firstRange(of: "; ").map { String(fix[$0.lowerBound...]) } ?? ""
    failure.fix =
      "\(context.serviceID(of: container)) printed nothing: look at what it runs and where it logs to "
      + "(`docker inspect \(container.name)`)" + rest
    return failure
  }

  /// The output of Docker's own check, which is in no log.
  private static func lastCheck(of container: Container) -> [String] {
    guard let check = container.lastCheck, check.exitCode != 0 else { return [] }
    let lines = check.output.split(whereSeparator: \.isNewline).suffix(5).map { $0.prefix(500) }
    return ["Docker's health check ended with exit code \(check.exitCode)"] + lines.map(String.init)
  }

  /// The container's last log lines.
  static func log(of container: Container, in context: ActionContext) async -> [String] {
    let call = context.docker.logs(container.name, lines: logLines)
    guard let result = try? await context.result(of: call, .verify) else { return [] }
    return result.lines.suffix(logLines)
  }
}
