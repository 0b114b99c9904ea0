public import DeployDSL

/// Faults in a run and in the commands that follow it, in the order in which they strike.
///
/// ```swift
/// let scenario = Scenario(
///   .init(.isKilledWhenDone, at: "docker exec … nginx -s reload"), thenBy: .undo)
/// #expect(try await plan.violations(of: scenario) == [])
/// ```
public struct Scenario: Hashable, Sendable {
  /// A fault of one operation.
  public struct Incident: Hashable, Sendable {
    /// The fault.
    package var fault: RehearsedFault
    /// The operation's text, as one would type it; `…` matches any text.
    package var operation: String
    /// Which of the operations with this text, counted from 1 over all commands.
    package var number: Int
    /// What the operation prints if it ``RehearsedFault/fails``; empty for a text that says that
    /// the failure is simulated.
    public var output = ""

    /// Describes a fault.
    ///
    /// - Parameters:
    ///   - fault: the fault.
    ///   - operation: the operation's text, as one would type it; `…` matches any text.
    ///   - number: which of the operations with this text, over all commands. Default: the first.
    public init(_ fault: RehearsedFault, at operation: String, number: Int = 1) {
      (self.fault, self.operation, self.number) = (fault, operation, number)
    }

    /// Describes a fault of the operation that corresponds to one of another run.
    init(_ fault: RehearsedFault, at run: OperationRun, of runs: [OperationRun]) {
      let text = run.text
      let number = runs.prefix(run.number).count { $0.text == text }
      self.init(fault, at: text, number: number)
    }

    /// Injects the fault into a host.
    ///
    /// - Parameter previous: the previous version's colour. Default: the one that serves now.
    func script(on host: SimulatedHost, _ interrupter: Interrupter, previous: Color? = nil) {
      guard fault != .fails || output.isEmpty else {
        return host.fail(pattern, .failing(errors: output))
      }
      fault.script(pattern, on: host, interrupter, previous: previous)
    }

    /// The operation that it hits.
    var pattern: OperationPattern { .text(operation).onAttempt(number) }
  }

  /// What a user types after bgrun was killed or the machine has rebooted.
  public enum Following: String, CaseIterable, Sendable {
    /// `bgrun resume PLAN`
    case resume
    /// `bgrun resume PLAN --undo`
    case undo
    /// `bgrun rollback PLAN`, and if that is refused, `bgrun resume PLAN --undo`
    case rollback
    /// `bgrun deploy PLAN`, and if that is refused, `bgrun resume PLAN`
    case deploy
  }

  /// The faults.
  public var incidents: [Incident]
  /// What a user types after a death.
  package var following: Following

  /// Describes a scenario.
  ///
  /// - Parameters:
  ///   - incidents: the faults; none for a run without one.
  ///   - following: what a user types after bgrun was killed or the machine has rebooted. Default:
  ///     `bgrun resume`.
  public init(_ incidents: Incident..., thenBy following: Following = .resume) {
    self.init(incidents, following)
  }

  init(_ incidents: [Incident], _ following: Following = .resume) {
    (self.incidents, self.following) = (incidents, following)
  }

  /// The faults until bgrun dies for the first time; `nil` if it does not.
  var untilDeath: Scenario? {
    incidents.firstIndex(where: \.fault.isDeath).map { Scenario(Array(incidents[...$0])) }
  }

  /// Whether bgrun dies in it.
  var hasDeath: Bool { incidents.contains { $0.fault.isDeath } }
}

extension Scenario: CustomStringConvertible {
  /// What happens, in one line.
  public var description: String {
    guard !incidents.isEmpty else { return "without a fault" }
    let faults = incidents.map { incident in
      let count = incident.number == 1 ? "" : " (no. \(incident.number))"
      return "\(incident.operation)\(count) \(incident.fault.rawValue)"
    }
    let end: String? =
      switch following {
      case _ where !hasDeath: nil
      case .resume: "`bgrun resume`"
      case .undo: "`bgrun resume --undo`"
      case .rollback: "`bgrun rollback`"
      case .deploy: "`bgrun deploy`"
      }
    return (faults + [end].compactMap(\.self)).joined(separator: "; then ")
  }
}

extension Scenario {
  /// The scenario in Swift.
  package var swift: String {
    let faults = incidents.map { incident in
      let number = incident.number == 1 ? "" : ", number: \(incident.number)"
      return
        "\n      .init(.\(incident.fault), at: \(incident.operation.debugDescription)\(number))"
    }
    let end = hasDeath ? [" thenBy: .\(following)"] : []
    return "Scenario(" + (faults + end).joined(separator: ",") + ")"
  }
}

extension Deploy {
  /// Plays a scenario on a simulated host.
  ///
  /// - Parameters:
  ///   - scenario: the faults, and what a user types after bgrun died.
  ///   - host: the host. Default: a new one with blue active.
  /// - Returns: what happened; the report is that of the last command.
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan; nothing was run.
  public func rehearse(
    _ scenario: Scenario, on host: SimulatedHost? = nil
  ) async throws(PlanError) -> Rehearsal {
    let (graph, host) = (try graph(), host ?? SimulatedHost(for: self))
    return await graph.rehearse(scenario, on: host)
  }

  /// Plays a scenario on a simulated host, and the commands with which a user cleans up after it.
  ///
  /// - Parameters:
  ///   - scenario: the faults.
  ///   - host: the host. Default: a new one with blue active.
  /// - Returns: what contradicts the contracts of `bgrun`; nothing if all is well.
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan; nothing was run.
  public func violations(
    of scenario: Scenario, on host: SimulatedHost? = nil
  ) async throws(PlanError) -> [String] {
    let (graph, host) = (try graph(), host ?? SimulatedHost(for: self))
    return await graph.violations(of: scenario, on: host).map(\.text)
  }
}

extension StepGraph {
  /// What contradicts the contracts in a scenario, or when a user cleans up after it.
  func violations(of scenario: Scenario, on host: SimulatedHost) async -> [Violation] {
    await ScenarioPlay(self, scenario, on: host, isProof: true).checked().violations
  }
}
