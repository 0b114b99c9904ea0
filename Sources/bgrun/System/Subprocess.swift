import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program that is run to its end while this process waits: the compiler.
enum Subprocess {
  /// How a program ended.
  struct Ending {
    var status: Int32
    /// Standard output and standard error, in the order in which they came.
    var output: String
  }

  /// Runs a program; `nil` if it cannot be started.
  ///
  /// - Parameter absent: variables of the environment that it does not get.
  static func run(_ path: String, _ arguments: [String], without absent: [String] = []) -> Ending? {
    var ends: [Int32] = [-1, -1]
    guard csystem_pipe(&ends) == 0 else { return nil }
    defer { close(ends[0]) }
    let process = start(path, [path] + arguments, without: absent, output: ends[1])
    close(ends[1])
    guard let process else { return nil }
    let output = Files.readAll(ends[0]) ?? []
    return Ending(status: wait(process), output: String(decoding: output, as: UTF8.self))
  }

  private static func start(
    _ path: String, _ words: [String], without absent: [String], output: Int32
  ) -> pid_t? {
    let argv = words.map { strdup($0) } + [nil]
    defer { for word in argv { free(word) } }
    var process = pid_t()
    let variables = inherited(without: absent)
    let failed = csystem_spawn(path, argv, variables, nil, -1, output, output, &process)
    return failed == 0 ? process : nil
  }

  private static func inherited(without absent: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let entry = next.pointee {
      let isAbsent = absent.contains { strncmp(entry, "\($0)=", $0.utf8.count + 1) == 0 }
      if !isAbsent { variables.append(entry) }
      next += 1
    }
    return variables + [nil]
  }

  private static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return -1 }
    }
    return csystem_exit_status(status)
  }
}
