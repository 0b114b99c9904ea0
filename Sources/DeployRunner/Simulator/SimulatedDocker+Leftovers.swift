extension SimulatedDocker {
  /// `docker image prune --force`.
  ///
  /// And `docker image inspect --format {{.Id}} NAME`.
  func image(_ words: [String]) -> SimulatedOperation {
    if words.count == 4, words[0] == "inspect" {
      return SimulatedOperation(cost: .milliseconds(20)) { world, transcript in
        guard let image = world.images.first(where: { $0.name == words[3] }) else {
          transcript.complain("Error: No such image: \(words[3])")
          return .exit(1)
        }
        transcript.print(image.id)
        return .exit(0)
      }
    }
    guard words == ["prune", "--force"] else { return unknown }
    return SimulatedOperation(cost: .milliseconds(40)) { world, transcript in
      let used = Set(world.containers.map(\.imageID))
      let gone = world.images.filter { $0.name == nil && !used.contains($0.id) }
      world.images.removeAll { gone.contains($0) }
      if !gone.isEmpty {
        transcript.print("Deleted Images:")
        for image in gone { transcript.print("deleted: \(image.id)") }
        transcript.print("")
        world.note("\(gone.count) dangling images removed")
      }
      transcript.print("Total reclaimed space: 0B")
      return .exit(0)
    }
  }

  /// `docker network rm NAME…`.
  func network(_ words: [String]) -> SimulatedOperation {
    guard words.first == "rm", words.count > 1 else { return unknown }
    return SimulatedOperation(cost: .milliseconds(60)) { world, transcript in
      let refusals = words.dropFirst().filter { !world.removeNetwork($0, &transcript) }
      if !refusals.isEmpty { transcript.complain("exit status 1") }
      return .exit(refusals.isEmpty ? 0 : 1)
    }
  }
}

extension SimulatedState {
  /// Removes a network unless a *running* container is attached: stopped ones don't count.
  fileprivate mutating func removeNetwork(
    _ name: String, _ transcript: inout SimulatedOperation.Transcript
  ) -> Bool {
    guard let position = networks.firstIndex(where: { $0.name == name }) else {
      _ = transcript.refuse("network \(name) not found")
      return false
    }
    if containers.contains(where: { $0.hasProcess && networks(of: $0.service).contains(name) }) {
      _ = transcript.refuse(
        "error while removing network: network \(name) id \(name) has active endpoints")
      return false
    }
    networks.remove(at: position)
    transcript.print(name)
    note("network \(name) removed")
    return true
  }
}
