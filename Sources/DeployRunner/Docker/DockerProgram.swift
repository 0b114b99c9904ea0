import BgrunSystem

/// The docker CLI that a command would start, and the settings that select its engine and plugins.
///
/// ``EngineSocket`` and ``ComposePlugin`` bypass the CLI, but only where it would certainly do the
/// same.
struct DockerProgram {
  private let environment: [String: String]
  /// The folder of its settings and plugins.
  let folder: String
  /// Its settings; `nil` if they exist but cannot be read.
  private let settings: String?

  /// - Parameters:
  ///   - path: the program's path.
  ///   - environment: its environment.
  /// - Returns: `nil` if it is a script, which may do anything, or another program under that name,
  ///   such as Podman or nerdctl.
  init?(path: String, environment: [String: String]) {
    guard Self.isProgram(path), Self.name(of: path) == "docker" else { return nil }
    self.environment = environment.filter { !$0.value.isEmpty }
    folder =
      self.environment["DOCKER_CONFIG"] ?? self.environment["HOME"].map { "\($0)/.docker" }
      ?? "/root/.docker"
    let file = "\(folder)/config.json"
    if access(file, F_OK) == 0 {
      settings = Self.beginning(of: file, 1024 * 1024).map { String(decoding: $0, as: UTF8.self) }
    } else {
      settings = ""
    }
  }

  /// A variable of its environment; an empty one counts as unset, as for docker.
  func variable(_ name: String) -> String? { environment[name] }

  /// Whether its environment has a variable with this prefix.
  func hasVariable(beginning: String) -> Bool {
    environment.keys.contains { $0.hasPrefix(beginning) }
  }

  /// Whether its settings contain a key; assumed if they cannot be read.
  func mentions(_ setting: String) -> Bool { settings?.contains("\"\(setting)\"") ?? true }

  /// Whether a file is an ELF executable, not a script.
  static func isProgram(_ path: String) -> Bool {
    access(path, X_OK) == 0 && beginning(of: path, 4) == [0x7F, 0x45, 0x4C, 0x46]
  }

  /// The name of the file that a path resolves to.
  private static func name(of path: String) -> Substring? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real).split(separator: "/").last
  }

  private static func beginning(of path: String, _ length: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, length))
    }
  }
}
