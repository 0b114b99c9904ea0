import DeployDSL

extension SimulatedDocker {
  /// What a question finds out.
  func answer(to subject: HostQuery.Subject) -> SimulatedOperation {
    switch subject {
    case .project:
      let environment = environment
      return inProject(Array(command.argv.dropFirst(2))) { _ in
        Self.answer(after: .milliseconds(80)) { world, _ in
          .project(world.composeModel(environment: environment))
        }
      }
    case .replacement(let service): return replacement(of: service)
    case .containers(let project, let service):
      // All containers of a simulated host belong to its one project. The newest come first.
      return Self.answer(after: .milliseconds(16)) { world, _ in
        let isOther = project.map { $0 != world.projectName } ?? false
        let found = world.containers.reversed().filter { container in
          !isOther && service.map { $0 == container.service.name } ?? true
        }
        return .list(found.map { .init($0.id, project: world.projectName) })
      }
    case .inspect(let names):
      return Self.answer(after: .milliseconds(17)) { world, _ in
        .containers(
          names.compactMap { world.index(of: $0) }.map {
            world.description(of: world.containers[$0])
          })
      }
    case .processes(let name):
      return Self.answer(after: .milliseconds(27)) { world, transcript in
        transcript.findRunning(name, in: world).map {
          .processes(world.processes(of: world.containers[$0]))
        }
      }
    case .marked(let name, let mark):
      return Self.answer(after: .milliseconds(27)) { world, transcript in
        transcript.findRunning(name, in: world).map {
          .pids(world.containers[$0].programs.filter { $0.mark == mark }.map(\.pid))
        }
      }
    case .networks:
      return Self.answer(after: .milliseconds(16)) { world, _ in
        .list(
          world.networks.sorted { $0.name < $1.name }.map { .init($0.name, project: $0.project) })
      }
    case .networksInUse:
      return Self.answer(after: .milliseconds(16)) { world, _ in
        .names(world.containers.flatMap { world.networks(of: $0.service) })
      }
    case .endpoint: return unknown
    }
  }

  /// A look that takes some time; one without an answer has complained.
  private static func answer(
    after cost: Duration,
    _ look:
      @escaping @Sendable (SimulatedState, inout SimulatedOperation.Transcript) ->
      HostAnswer.Value?
  ) -> SimulatedOperation {
    SimulatedOperation(cost: cost) { world, transcript in
      look(world, &transcript).map { .reply(.answer(HostAnswer($0))) } ?? .exit(1)
    }
  }

  /// Whether `up` would make a new container in place of a service's.
  private func replacement(of name: String) -> SimulatedOperation {
    let environment = environment
    return inProject(Array(command.argv.dropFirst(2)).filter { $0 != "--dry-run" }) { _ in
      Self.answer(after: .milliseconds(250)) { world, transcript in
        guard let service = world.described(name, &transcript) else { return nil }
        let imageName = world.imageName(of: service, environment: environment)
        guard let image = world.images.first(where: { $0.name == imageName }) else {
          _ = transcript.refuse("No such image: \(imageName)")
          return nil
        }
        guard let index = world.index(ofService: name) else { return .flag(false) }
        let old = world.containers[index]
        return .flag(old.imageID != image.id || !old.service.isMadeLike(service))
      }
    }
  }
}
