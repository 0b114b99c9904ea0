import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program that is run to its end, for the compiler: what it prints is collected.
enum ChildProcess {
  /// How a program ended.
  struct Ending {
    var status: Int32
    var output: String
  }

  /// Runs a program; `nil` if it cannot be started.
  static func run(_ path: String, _ arguments: [String]) -> Ending? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let process = start(path, [path] + arguments, output: ends[1])
    close(ends[1])
    guard let process else { return nil }
    let output = Files.readAll(ends[0]) ?? []
    let status = bg_child_wait(process)
    return Ending(status: status, output: String(decoding: output, as: UTF8.self))
  }

  private static func start(_ path: String, _ words: [String], output: Int32) -> pid_t? {
    var argv = words.map { strdup($0) }
    argv.append(nil)
    defer { for word in argv { free(word) } }
    var process = pid_t()
    return bg_child_start(path, argv, output, &process) == 0 ? process : nil
  }
}
