/// Signals to processes in a container, by their numbers on this machine.
struct ContainerSignal {
  let container: String
  let context: ActionContext

  /// Sends a signal, through this machine's kernel or from inside the container.
  func send(_ signal: String, to pids: [Int]) async {
    let own = await ownProcesses(among: pids)
    guard !own.isEmpty else { return }
    let result = try? await context.change(context.docker.kill(signal, own.map(\.pid)))
    if result?.succeeded == true { return }
    // They belong to another user, or there is no such program here.
    let inside = own.map(\.inside)
    let ended = try? await context.change(context.docker.kill(signal, inside, in: container))
    guard let ended, [126, 127].contains(ended.status) else { return }
    // The next look at the processes shows whether it worked.
    _ = try? await context.change(
      context.docker.kill(signal, inside, in: container, byShell: true))
  }

  /// Those process IDs that belong to the container on this machine too, with their IDs inside it:
  /// the engine may run on a kernel of its own.
  private func ownProcesses(among pids: [Int]) async -> [(pid: Int, inside: Int)] {
    let inspector = ComposeInspector(context: context)
    guard let id = try? await inspector.inspect([container], .verify).first?.id else { return [] }
    var own: [(pid: Int, inside: Int)] = []
    for pid in pids {
      guard let groups = await context.text(of: "/proc/\(pid)/cgroup", .verify),
        groups.contains(id)
      else { continue }
      let status = await context.text(of: "/proc/\(pid)/status", .verify)
      let numbers = status?.split(whereSeparator: \.isNewline)
        .first { $0.hasPrefix("NSpid:") }?.split(whereSeparator: { $0 == " " || $0 == "\t" })
      own.append((pid, numbers?.last.flatMap { Int($0) } ?? pid))
    }
    return own
  }

  /// Whether some of the processes can be signalled from this machine.
  func reaches(_ pids: [Int]) async -> Bool { await !ownProcesses(among: pids).isEmpty }
}
