/// A `docker` command line that understands what ``DockerCLI`` says, and nothing else.
struct SimulatedDocker: Sendable {
  let command: Command
  /// What it is for: a program that asks how the application is must be told from one that does
  /// something.
  var effect = HostOperation.Effect.observe
  /// What a command inside a container answers, if a test has scripted it.
  var script: @Sendable (_ service: String, _ argv: [String]) -> CommandResult? = { _, _ in nil }

  /// What the command does; one that is not understood ends with 125 and says so.
  var course: SimulatedOperation {
    let words = Array(command.argv.dropFirst())
    let rest = Array(words.dropFirst())
    return switch words.first {
    case "compose": compose(rest)
    case "events": events(rest)
    case "logs": logs(rest)
    case "exec": exec(rest)
    case "start": start(rest)
    case "stop": stop(rest)
    case "rm": remove(rest)
    case "image": image(rest)
    case "network": network(rest)
    default: unknown
    }
  }

  var unknown: SimulatedOperation {
    let text = command.description
    return SimulatedOperation(cost: .milliseconds(10)) { _, transcript in
      transcript.complain("the simulated host does not know this command: \(text)")
      return .exit(125)
    }
  }

  /// The arguments behind options, if all options are known: `--name VALUE` or `--name`.
  func arguments(
    _ words: [String], options: Set<String> = [], flags: Set<String> = []
  ) -> (options: [String: String], flags: Set<String>, rest: [String])? {
    var values: [String: String] = [:]
    var given: Set<String> = []
    var rest: [String] = []
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if options.contains(word), index < words.count {
        values[word] = (values[word].map { $0 + "\n" } ?? "") + words[index]
        index += 1
      } else if flags.contains(word) {
        given.insert(word)
      } else if word.hasPrefix("-") {
        return nil
      } else {
        rest.append(word)
      }
    }
    return (values, given, rest)
  }
}

extension SimulatedOperation.Transcript {
  /// The position of a container, or a complaint as the engine's.
  mutating func find(_ name: String, in world: SimulatedState) -> Int? {
    if let index = world.index(of: name) { return index }
    complain("Error response from daemon: No such container: \(name)")
    return nil
  }

  /// The position of a container whose processes can be seen or joined, or the engine's complaint.
  mutating func findRunning(
    _ name: String, in world: SimulatedState, isForExec: Bool = false
  ) -> Int? {
    guard let index = find(name, in: world) else { return nil }
    let container = world.containers[index]
    switch container.state {
    case .running: return index
    case .paused where !isForExec: return index
    case .paused:
      _ = refuse("Container \(name) is paused, unpause the container before exec")
    case .restarting:
      _ = refuse("Container \(container.id) is restarting, wait until the container is running")
    case .created, .exited: _ = refuse("Container \(container.id) is not running")
    }
    return nil
  }
}
