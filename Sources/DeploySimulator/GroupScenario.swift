import DeployDSL
package import DeployRunner

/// What goes wrong at members of a deployment group while it runs.
package struct GroupScenario: Hashable, Sendable {
  /// A fault of one member.
  package struct Incident: Hashable, Sendable {
    /// The member's number in the group, from 0.
    package var member: Int
    /// The fault.
    package var fault: GroupFault

    package init(_ fault: GroupFault, at member: Int) {
      (self.fault, self.member) = (fault, member)
    }
  }

  /// The faults.
  package var incidents: [Incident]

  package init(_ incidents: [Incident] = []) { self.incidents = incidents }

  /// What happens, in one line.
  ///
  /// - Parameter titles: the members' names.
  package func text(_ titles: [String]) -> String {
    guard !incidents.isEmpty else { return "without a fault" }
    return incidents.map { "\(titles[$0.member]): \($0.fault.text)" }.joined(separator: "; ")
  }

  /// The faults of a member.
  func faults(of member: Int) -> [GroupFault] {
    incidents.filter { $0.member == member }.map(\.fault)
  }
}

/// What can happen to a member of a deployment group.
package enum GroupFault: Hashable, Sendable {
  /// Its new version never answers, so that its deploy fails.
  case versionIsSick
  /// Another deploy holds its lock.
  case isLocked
  /// The connection to its host is lost; its run continues there.
  case connectionIsLost
  /// Ctrl-C when it begins to change its host.
  case isInterrupted
  /// The machine that bgrun runs on is lost; the runs of its wave continue on their hosts.
  case controllerIsLost
  /// After its deploy, nothing can be changed on its host any more.
  case cannotGoBack
  /// One of its operations has a fault.
  case operation(Scenario.Incident)

  /// What happens to the member.
  package var text: String {
    switch self {
    case .versionIsSick: "its new version never answers"
    case .isLocked: "another deploy holds its lock"
    case .connectionIsLost: "its connection is lost"
    case .isInterrupted: "Ctrl-C while it is deployed"
    case .controllerIsLost: "the machine that bgrun runs on is lost while it is deployed"
    case .cannotGoBack: "it cannot be changed any more once it is deployed"
    case .operation(let incident): Scenario(incident).description
    }
  }
}

extension DeploymentGroup {
  /// Where a fault makes a difference: a wave of hosts, or an application of its own.
  package struct Place: Hashable, Sendable {
    /// `wave 2 of 3`, or the application.
    package var title: String
    /// The member that stands for it.
    package var member: Int
  }

  /// The places of the group, in order.
  package var places: [Place] {
    stages.indices.flatMap { stage -> [Place] in
      guard stages[stage].waves != nil else {
        return ranges[stage].map { Place(title: members[$0].graph.application.name, member: $0) }
      }
      let waves = waves(of: stage)
      return waves.enumerated().map { number, wave in
        Place(title: "wave \(number + 1) of \(waves.count)", member: wave.lowerBound)
      }
    }
  }

  /// What can strike a member, in the order of ``GroupFault``.
  package func scenarios(at member: Int) -> [GroupScenario] {
    guard let stage = ranges.firstIndex(where: { $0.contains(member) }) else { return [] }
    var faults: [GroupFault] = [.versionIsSick, .isLocked, .isInterrupted]
    if members[member].host != nil { faults += [.connectionIsLost, .controllerIsLost] }
    var scenarios = faults.map { GroupScenario([.init($0, at: member)]) }
    let last = ranges[stage].upperBound - 1
    // One that starts together with it would cancel it before it is deployed, or not.
    if stages[stage].isAtomic, last > member, !peers(of: member).contains(last) {
      scenarios.append(
        GroupScenario([.init(.cannotGoBack, at: member), .init(.versionIsSick, at: last)]))
    }
    return scenarios
  }

  /// The numbers of the members of each stage.
  var ranges: [Range<Int>] {
    stages.reduce(into: []) { ranges, stage in
      let first = ranges.last?.upperBound ?? 0
      ranges.append(first..<first + stage.members.count)
    }
  }

  /// The numbers of the members of each wave of a stage; a stage without waves has one.
  func waves(of stage: Int) -> [Range<Int>] {
    let all = ranges[stage]
    guard let waves = stages[stage].waves else { return [all] }
    return waves.reduce(into: []) { found, wave in
      let first = found.last?.upperBound ?? all.lowerBound
      found.append(first..<first + wave.count)
    }
  }

  /// The members that start together with one.
  func peers(of member: Int) -> [Int] {
    guard let stage = ranges.firstIndex(where: { $0.contains(member) }) else { return [] }
    let wave = waves(of: stage).first { $0.contains(member) } ?? ranges[stage]
    let limit = stages[stage].waves == nil ? stages[stage].limit : Self.mostHosts
    let together = wave.prefix(limit ?? .max)
    guard together.contains(member) else { return [] }
    return together.filter { $0 != member }
  }

  /// The group up to the end of the wave of a member, in which nothing is rolled back because of
  /// another member: what happens without the machine that bgrun runs on.
  func cut(behind member: Int) -> DeploymentGroup {
    var left: [Stage] = []
    for (index, stage) in stages.enumerated() {
      var stage = stage
      if ranges[index].contains(member) {
        let waves = waves(of: index)
        let number = waves.firstIndex { $0.contains(member) } ?? 0
        stage.members.removeLast(ranges[index].upperBound - waves[number].upperBound)
        stage.waves = stage.waves.map { Array($0.prefix(number + 1)) }
        stage.isAtomic = false
        return DeploymentGroup(left + [stage])
      }
      left.append(stage)
    }
    return self
  }

  /// The group with other runners, by the members' numbers.
  func run(by runner: (Int) -> any MemberRunner) -> DeploymentGroup {
    var number = 0
    let stages = stages.map { stage in
      var stage = stage
      for index in stage.members.indices {
        stage.members[index].runner = runner(number)
        number += 1
      }
      return stage
    }
    return DeploymentGroup(stages)
  }
}
