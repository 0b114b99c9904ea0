/// A question about a host that is answered with values: what the Compose project is, which containers
/// there are, which processes they have.
///
/// An executor that only runs commands performs ``command`` and returns ``answer(from:)``.
public struct HostQuery: Hashable, Sendable {
  /// The command that asks it.
  public var command: Command
  /// What is asked.
  package let subject: Subject

  package init(_ subject: Subject, _ command: Command) {
    self.subject = subject
    self.command = command
  }

  /// What can be asked.
  package enum Subject: Hashable, Sendable {
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
    /// The networks that people made: ``HostAnswer/Value/list(_:)``.
    case networks
    /// The networks that containers are attached to: ``HostAnswer/Value/names(_:)``.
    case networksInUse
    /// Where the engine is: ``HostAnswer/Value/names(_:)``.
    case endpoint
  }
}

/// What a host answers to a ``HostQuery``.
public struct HostAnswer: Sendable, Equatable {
  package var value: Value

  package init(_ value: Value) { self.value = value }

  package enum Value: Sendable, Equatable {
    case project(ComposeProject)
    case flag(Bool)
    case list([Listed])
    case containers([Container])
    case processes(ProcessTable)
    case pids([Int])
    case names([String])
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
