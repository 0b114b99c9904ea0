package import DeployDSL
package import DeployRunner

/// Something that is so on every host: what is done, and what can be seen then.
package struct ConformanceCase: Sendable, CustomStringConvertible {
  /// How the proxy sees its site file.
  package enum Mount: Sendable { case folder, file }

  /// A call that is made on a host.
  package typealias Call = @Sendable (any ConformanceHost) -> HostCall

  /// A step of a case.
  package enum Step: Sendable {
    /// Something happens on the host.
    case change(HostChange)
    /// A call is made, and ends with a status; these texts are in what it prints, that one is not.
    case run(Call, Int32, prints: [String] = [], lacks: String? = nil)
    /// A call's client is killed once this is so.
    case cutOff(Call, once: Fact)
    /// The site file is written.
    case write(String, FileWrite.Method = .inPlace)
    /// The proxy's workers are counted, to compare with later.
    case countWorkers
    /// This is so now.
    case expect(Fact)
    /// This will be so within 30 seconds.
    case eventually(Fact)
    /// Time passes.
    case wait(Duration)
  }

  /// Something that can be seen.
  package enum Fact: Hashable, Sendable {
    /// A service's container is in a state.
    case state(service: String, String)
    /// A service's container ended with a status.
    case exitCode(service: String, Int)
    /// A service's container has been asked to end, and has not yet.
    case isStopping(service: String)
    /// A service's container was started again so often at least.
    case restarts(service: String, atLeast: Int)
    /// The processes of a service's container can be seen, or not.
    case showsProcesses(service: String, Bool)
    /// The Compose project has these services.
    case services([String])
    /// The project has so many containers, and so many of a service.
    case containers(Int, service: String, Int)
    /// A network is listed as the project's and as used.
    case networkInUse
    /// A person's `up` would replace a service's container.
    case replaced(service: String, Bool)
    /// A colour answers through the proxy.
    case serves(Color)
    /// The proxy's workers are those that were counted.
    case sameWorkers
    /// New workers accept, and old ones finish.
    case draining
    /// Only new workers are left.
    case drained
  }

  package var name: String
  package var description: String { name }
  package var mount: Mount
  package var steps: [Step]

  package init(_ name: String, mount: Mount = .folder, _ steps: Step...) {
    self.name = name
    self.mount = mount
    self.steps = steps
  }

  /// Goes through the case; returns what is not as it should be.
  package func differences(on host: any ConformanceHost) async throws -> [String] {
    var differences: [String] = []
    var counted: Set<Int> = []
    for step in steps {
      switch step {
      case .change(let change): try await host.make(change)
      case .run(let call, let status, let texts, let lacks):
        let result = try await host.run(call(host))
        let text = result.output + result.errors
        let isRight =
          result.status == status && texts.allSatisfy { text.contains($0) }
          && !(lacks.map { text.contains($0) } ?? false)
        if !isRight {
          differences.append("\(call(host).command) ended with \(result.status): \(text)")
        }
      case .cutOff(let call, let fact):
        // Simulated time passes while both wait: the client, and what looks at the host.
        let clock = host.executor.clock as? any ParticipantClock
        clock?.join()
        clock?.join()
        let client = Task {
          defer { clock?.leave() }
          return try await host.run(call(host))
        }
        if let reason = try await fact.staysMissing(on: host, counted) {
          differences.append(reason)
        }
        client.cancel()
        clock?.leave()
        if case .success = await client.result {
          differences.append("\(call(host).command) ended before its client was killed")
        }
      case .write(let text, let method): try await host.executor.writeSite(text, method)
      case .countWorkers:
        // nginx that has just started answers before it has started all of them.
        repeat {
          counted = try await host.workers().pids
          try await Self.sleep(.milliseconds(500), on: host)
        } while try await host.workers().pids != counted
      case .wait(let time): try await Self.sleep(time, on: host)
      case .expect(let fact):
        if let reason = try await fact.isMissing(on: host, counted) { differences.append(reason) }
      case .eventually(let fact):
        if let reason = try await fact.staysMissing(on: host, counted) {
          differences.append(reason)
        }
      }
    }
    return differences
  }

  fileprivate static func sleep(_ time: Duration, on host: any ConformanceHost) async throws {
    try await host.executor.clock.sleep(for: time)
  }
}

extension ConformanceCase.Fact {
  /// How a host is still different after 30 seconds; `nil` as soon as the fact is true.
  fileprivate func staysMissing(on host: any ConformanceHost, _ counted: Set<Int>) async throws
    -> String?
  {
    var reason = try await isMissing(on: host, counted)
    for _ in 0..<300 where reason != nil {
      try await ConformanceCase.sleep(.milliseconds(100), on: host)
      reason = try await isMissing(on: host, counted)
    }
    return reason.map { "\($0), even after a while" }
  }

  /// How a host is different; `nil` if the fact is true.
  fileprivate func isMissing(on host: any ConformanceHost, _ counted: Set<Int>) async throws
    -> String?
  {
    switch self {
    case .state(let service, let state):
      let now = try await host.inspect(service)?.status ?? "missing"
      return now == state ? nil : "\(service) is \(now), not \(state)"
    case .exitCode(let service, let code):
      let now = try await host.inspect(service)?.exitCode
      return now == code ? nil : "\(service) ended with \(now ?? -1), not \(code)"
    case .isStopping(let service):
      guard let now = try await host.inspect(service) else { return "\(service) is missing" }
      let answer = try await host.value(host.docker.isStopping(now))
      return answer == .flag(true) ? nil : "\(service): \(String(describing: answer))"
    case .restarts(let service, let least):
      let now = try await host.inspect(service)?.restartCount ?? -1
      return now >= least ? nil : "\(service) was restarted \(now) times"
    case .showsProcesses(let service, let isShown):
      let table = try await host.processes(service)
      return (table?.rows.isEmpty == false && table?.isWhole == true) == isShown
        ? nil : "processes of \(service): \(String(describing: table))"
    case .services(let names):
      guard case .project(let project) = try await host.value(host.docker.config()) else {
        return "no project"
      }
      let isRight =
        project.name == host.project && project.services.keys.sorted() == names
        && project.services[names[0]]?.firstPort == 3000
      return isRight ? nil : "\(project)"
    case .containers(let count, let service, let own):
      guard case .list(let all) = try await host.value(host.docker.containers()),
        case .list(let some) = try await host.value(
          host.docker.containers(ofProject: host.project, service: service))
      else { return "no lists" }
      let isRight = all.count { $0.project == host.project } == count && some.count == own
      return isRight ? nil : "\(all) and \(some)"
    case .networkInUse:
      guard case .list(let all) = try await host.value(host.docker.networks()),
        case .names(let used) = try await host.value(host.docker.networksInUse())
      else { return "no networks" }
      return all.contains { $0.project == host.project && used.contains($0.name) }
        ? nil : "\(all) and \(used)"
    case .replaced(let service, let isReplaced):
      let answer = try await host.value(host.docker.plainUp(ServiceID(service)))
      return answer == .flag(isReplaced) ? nil : "\(String(describing: answer))"
    case .serves(let color):
      let now = try await host.serving()
      return now == color ? nil : "\(now?.rawValue ?? "nothing") serves, not \(color)"
    case .sameWorkers:
      let now = try await host.workers().pids
      return now == counted ? nil : "the workers are \(now), not \(counted)"
    case .draining, .drained:
      let now = try await host.workers()
      let progress = now.progress(since: counted)
      if case .draining = progress, self == .draining { return nil }
      return self == .drained && progress == .drained ? nil : "\(progress): \(now.workers)"
    }
  }
}
