import BgrunSystem
import DeployDSL

/// Checks that the Docker engine runs on this machine, like the site file, probes, lock and
/// journal.
enum EnginePlace {
  /// Why a run must not start; `nil` if the engine is on this machine or cannot be reached, which
  /// is reported elsewhere.
  ///
  /// An engine behind a local socket counts as local; any other one only if it reports this
  /// machine's name, kernel and memory.
  static func refusal(by executor: any Executor) async -> DeployError? {
    let local = ["unix://", "npipe://", "fd://"]
    guard !executor.isSimulated, let endpoint = await line(DockerCLI.endpoint, by: executor),
      endpoint.contains("://"), !local.contains(where: endpoint.hasPrefix),
      let engine = await line(DockerCLI.machine, by: executor), engine != thisMachine
    else { return nil }
    let name = engine.split(separator: "\t").first.map(String.init) ?? "another one"
    return DeployError(
      .environment,
      "the Docker engine at \(endpoint) is on another machine (\(name)), but site file, health "
        + "checks, lock and journal would be on this machine",
      fix: "deploy there over SSH: `bgrun PLAN --on [USER@]HOST`; or use this machine's engine: "
        + "`unset DOCKER_HOST DOCKER_CONTEXT` and `docker context use default`")
  }

  /// The first line of a call's answer.
  private static func line(_ call: HostCall, by executor: any Executor) async -> String? {
    guard case .names(let names)? = try? await executor.reply(to: call).value else { return nil }
    return names.first
  }

  /// This machine as its engine would describe it; `nil` if unknown.
  static var thisMachine: String? {
    var names = utsname()
    guard uname(&names) == 0, let bytes = Files.read("/proc/meminfo"),
      let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        .first(where: { $0.hasPrefix("MemTotal:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    func text(_ field: some Any) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(names.nodename))\t\(text(names.release))\t\(kibibytes * 1024)"
  }
}
