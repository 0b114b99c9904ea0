package import DeployDSL

/// An operation of bgrun's own on a host: a Docker query, a container change, a request.
///
/// It carries both the meaning and the command line. An executor that only runs commands performs
/// ``command`` and returns ``answer(from:)``.
public struct HostCall: Hashable, Sendable {
  /// The command that performs it; its environment holds the Compose file's variables.
  public var command: Command
  /// The meaning.
  package let kind: Kind

  package init(_ kind: Kind, _ command: Command) {
    self.command = command
    self.kind = kind
  }

  /// The kinds of call. Where no answer is given, it is the command's result.
  package enum Kind: Hashable, Sendable {
    // MARK: Questions about the project

    /// A Compose project, by its name unless it is the plan's own: ``HostAnswer/Value/project(_:)``.
    case project(String? = nil)
    /// Whether Compose would replace a service's container: ``HostAnswer/Value/flag(_:)``.
    case replacement(service: ServiceID)
    /// The containers of one Compose project, or all with their projects: ``HostAnswer/Value/list(_:)``.
    case containers(project: String? = nil, service: String? = nil)
    /// Containers by ID or name, without missing ones: ``HostAnswer/Value/containers(_:)``.
    case inspect([String])
    /// A container's processes: ``HostAnswer/Value/processes(_:)``.
    case processes(container: String)
    /// The machine's processes, or one of them and its children: ``HostAnswer/Value/processes(_:)``.
    case hostProcesses(parent: Int?)
    /// Whether this user may write to a path of the machine: ``HostAnswer/Value/flag(_:)``.
    case mayWrite(path: String)
    /// The processes with a marker in their environment: ``HostAnswer/Value/pids(_:)``.
    case marked(container: String, mark: String)
    /// Whether a container's last event was a request to stop: ``HostAnswer/Value/flag(_:)``.
    ///
    /// `signal` is the number of its stop signal, if not the default.
    case isStopping(container: String, signal: Int?)
    /// The last lines of a container's log.
    case logs(container: String, lines: Int)
    /// The ID of an image that is available locally: ``HostAnswer/Value/names(_:)``.
    case image(String)
    /// Whether a local image came from a registry: ``HostAnswer/Value/flag(_:)``.
    case isPulled(String)
    /// The user-defined networks: ``HostAnswer/Value/list(_:)``.
    case networks
    /// The networks that containers are attached to: ``HostAnswer/Value/names(_:)``.
    case networksInUse
    /// The engine's endpoint: ``HostAnswer/Value/names(_:)``.
    case endpoint
    /// The engine's machine: ``HostAnswer/Value/names(_:)``.
    case machine
    /// The version of `docker`, `compose` or `nginx`: ``HostAnswer/Value/names(_:)``.
    case version(of: String)
    /// The folder of the engine's images and containers: ``HostAnswer/Value/names(_:)``.
    case engineFolder
    /// The free space of a file system: ``HostAnswer/Value/bytes(_:)``.
    case room(path: String)

    // MARK: Services and containers

    case pull(service: ServiceID)
    case build(service: ServiceID)
    /// Starts a service, perhaps with another image than the Compose file's:
    /// ``HostAnswer/Value/flag(_:)``, whether anything changed.
    ///
    /// `scale` is how many containers it gets; `nil` for the Compose file's number.
    case up(service: ServiceID, scale: Int? = nil, image: PinnedImage? = nil)
    /// Runs a service once; `owner` is the run and the step.
    case job(service: ServiceID, argv: [String], container: String, owner: String)
    case start(container: String)
    case stop(container: String, grace: Duration)
    case remove(container: String)
    case exec(container: String, argv: [String])
    /// Sends a signal to processes, from the host or from inside a container.
    case signal(pids: [Int], container: String?)
    /// Removes dangling images: ``HostAnswer/Value/freed(_:)``.
    case pruneImages
    case removeNetworks([String])

    // MARK: Proxy

    /// Tests the proxy's configuration and prints it in nginx's format.
    case testProxy(NginxMaster)
    case reloadProxy(NginxMaster)

    // MARK: Swarm

    /// Creates a config of the Swarm, which only one manager can; its text says who did.
    case claim(name: String, text: String)
    /// The text of such a config: ``HostAnswer/Value/names(_:)``.
    case claimant(name: String)
    /// Removes it.
    case release(name: String)

    // MARK: HTTP

    /// A request from the plan: ``HostAnswer/Value/http(_:)``.
    case request
    /// A GET over TLS to an address on this machine: ``HostAnswer/Value/http(_:)``.
    case fetch(url: String, address: PublishedAddress, within: Duration)
    /// The same GET again and again, until the task is cancelled or the call ends: each
    /// answer is a line of output, or ``HostAnswer/Value/probes(_:)`` has all of them.
    case probes(Probing)
    /// A GET from inside a container: ``HostAnswer/Value/http(_:)``.
    case fetchInside(
      container: String, tool: String, url: String, host: String?, within: Duration)
  }
}

/// A host's answer to a ``HostCall``.
public struct HostAnswer: Sendable, Equatable {
  package var value: Value
  /// The result of the command that made a change, for the journal.
  package var printed: CommandResult?

  package init(_ value: Value, printed: CommandResult? = nil) {
    self.value = value
    self.printed = printed
  }

  package enum Value: Sendable, Equatable {
    case project(ComposeProject)
    case flag(Bool)
    case list([Listed])
    case containers([Container])
    case processes(ProcessTable)
    case pids([Int])
    case names([String])
    case http(HTTPAnswer)
    case probes([ProbeAnswer])
    case bytes(Int)
    /// How much space was freed, for display; `nil` if not reported.
    case freed(String?)
  }

  /// A container's ID or a network's name, with its Compose project.
  package struct Listed: Sendable, Equatable {
    package var name: String
    package var project: String?

    package init(_ name: String, project: String? = nil) {
      self.name = name
      self.project = project
    }
  }
}
