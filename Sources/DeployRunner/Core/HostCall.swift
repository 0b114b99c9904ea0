package import DeployDSL

/// What bgrun itself asks of a host: a question about Docker, a change of a container, a request.
///
/// It says what is meant and with which command line. An executor that only runs commands performs
/// ``command`` and returns ``answer(from:)``.
public struct HostCall: Hashable, Sendable {
  /// The command that does it; its environment holds the variables of the Compose file.
  public var command: Command
  /// What is meant.
  package let kind: Kind

  package init(_ kind: Kind, _ command: Command) {
    self.command = command
    self.kind = kind
  }

  /// What can be asked of a host. Where no answer is named, it is how the command ended.
  package enum Kind: Hashable, Sendable {
    // MARK: Questions about the project

    /// The Compose project: ``HostAnswer/Value/project(_:)``.
    case project
    /// Whether Compose would replace a service's container: ``HostAnswer/Value/flag(_:)``.
    case replacement(service: String)
    /// The containers of Compose projects, of one or of all: ``HostAnswer/Value/list(_:)``.
    case containers(project: String? = nil, service: String? = nil)
    /// Containers by ID or name, without those that are gone: ``HostAnswer/Value/containers(_:)``.
    case inspect([String])
    /// A container's processes: ``HostAnswer/Value/processes(_:)``.
    case processes(container: String)
    /// The processes with a mark in their environment: ``HostAnswer/Value/pids(_:)``.
    case marked(container: String, mark: String)
    /// Whether a container's last event was a request to end: ``HostAnswer/Value/flag(_:)``.
    ///
    /// `signal` is the number of the signal that ends it, where that is not the usual one.
    case isStopping(container: String, signal: Int?)
    /// The last lines of a container's log.
    case logs(container: String, lines: Int)
    /// Whether an image is available locally: ``HostAnswer/Value/flag(_:)``.
    case image(String)
    /// The networks that people made: ``HostAnswer/Value/list(_:)``.
    case networks
    /// The networks that containers are attached to: ``HostAnswer/Value/names(_:)``.
    case networksInUse
    /// Where the engine is: ``HostAnswer/Value/names(_:)``.
    case endpoint
    /// Which machine the engine is on: ``HostAnswer/Value/names(_:)``.
    case machine

    // MARK: Services and containers

    case pull(service: String)
    case build(service: String)
    /// Starts a service: ``HostAnswer/Value/flag(_:)``, whether anything had to be done.
    case up(service: String)
    /// Runs a service once; `owner` is the run and the step.
    case job(service: String, argv: [String], container: String, owner: String)
    case start(container: String)
    case stop(container: String, grace: Duration)
    case remove(container: String)
    case exec(container: String, argv: [String])
    /// Sends a signal to processes, from the host or from inside a container.
    case signal(pids: [Int], container: String?)
    /// Removes images without a name: ``HostAnswer/Value/freed(_:)``.
    case pruneImages
    case removeNetworks([String])

    // MARK: Proxy

    /// Tests the proxy's configuration and prints it, which is nginx's own text.
    case testProxy(container: String)
    case reloadProxy(container: String)

    // MARK: HTTP

    /// A request of the plan's author: ``HostAnswer/Value/http(_:)``.
    case request
    /// A GET by TLS at an address of this machine: ``HostAnswer/Value/http(_:)``.
    case fetch(url: String, address: PublishedAddress, within: Duration)
    /// A GET from inside a container: ``HostAnswer/Value/http(_:)``.
    case fetchInside(container: String, tool: String, url: String, within: Duration)
  }
}

/// What a host answers to a ``HostCall``.
public struct HostAnswer: Sendable, Equatable {
  package var value: Value
  /// How the command of a change ended and what it printed, for the journal.
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
    /// How much space is free again, for people; `nil` if that was not said.
    case freed(String?)
  }

  /// A container's ID or a network's name, and the Compose project that it belongs to.
  package struct Listed: Sendable, Equatable {
    package var name: String
    package var project: String?

    package init(_ name: String, project: String? = nil) {
      self.name = name
      self.project = project
    }
  }
}
