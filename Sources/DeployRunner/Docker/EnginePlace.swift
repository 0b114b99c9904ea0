import DeployDSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether the Docker engine is this machine's: site file, probes, lock and journal are.
enum EnginePlace {
  /// Why nothing must be begun; `nil` if the engine is this machine's, or cannot be asked, which
  /// others explain.
  ///
  /// An engine behind a local socket counts as this machine's. Of every other one it is believed
  /// only if it gives this machine's name, kernel and memory.
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
        + "checks, lock and journal would be this machine's",
      fix: "run bgrun on that machine; or use this machine's engine: "
        + "`unset DOCKER_HOST DOCKER_CONTEXT` and `docker context use default`")
  }

  /// The first line that a call's command prints.
  private static func line(_ call: HostCall, by executor: any Executor) async -> String? {
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(20))
    let result = try? await executor.perform(operation, output: { _ in })
    guard case .names(let names) = result?.value else { return nil }
    return names.first
  }

  /// This machine as its engine would describe it; `nil` if the system does not tell.
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
