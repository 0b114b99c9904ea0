import Foundation
import Testing

@testable import DeployRunner

/// The lock between real processes.
@Suite(.timeLimit(.minutes(10))) struct LockProcessTests {
  let scratch: TemporaryFolder
  let state: StateFolder
  var lock: DeployLock { state.lock }

  init() throws {
    scratch = try TemporaryFolder()
    state = try scratch.state()
  }

  private func holder() -> LockHolder { LockHolder(application: "grafana", run: "parent") }

  /// A pipe with a name: opening it waits for the other side, so no test has to sleep.
  private func pipe(_ name: String) throws -> String {
    let path = "\(scratch.path)/\(name)"
    try #require(mkfifo(path, 0o600) == 0)
    return path
  }

  /// Waits for the number that another process writes, on a thread that may be blocked; does there
  /// what comes next.
  ///
  /// What the other process waits for must be done there: a task would need one of the few threads
  /// of the pool, and other tests may hold all of them until that process has ended.
  private static func pid<Value: Sendable>(
    from path: String, then body: @escaping @Sendable (pid_t) throws -> Value
  ) async throws -> Value {
    try await BlockingThread.run { _ in
      Result {
        let bytes = Files.read(path) ?? []
        let text = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
        return try body(try #require(pid_t(text)))
      }
    }
  }

  @Test func `another process is kept out, and let in at once when the holder is killed`()
    async throws
  {
    let ready = try pipe("ready")
    async let death: Void = {
      [path = scratch.stateFolder] in
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, ready = ready as String] in
        let state = try StateFolder.prepare(at: path, application: "grafana")
        let held = try state.lock.acquire(
          LockHolder(application: "grafana", run: "child", reason: "hotfix 42"))
        held.update(step: "Health")
        try Data("\(getpid())\n".utf8).write(to: URL(fileURLWithPath: ready))
        while true { pause() }
      }
    }()
    let seen = try await Self.pid(from: ready) { [lock, holder = holder()] pid in
      defer { kill(pid, SIGKILL) }
      return (pid: pid, holder: try lock.holder, refusal: Result { _ = try lock.acquire(holder) })
    }
    await death
    #expect(seen.holder?.process.pid == seen.pid)
    do {
      try seen.refusal.get()
      Issue.record("two holders")
    } catch LockError.held(_, let other) {
      #expect(other?.process.pid == seen.pid)
      #expect(other?.step == "Health")
      #expect(other?.reason == "hotfix 42")
    }
    #expect(try lock.holder == nil)
    try lock.acquire(holder()).release()
  }

  @Test func `a child that outlives the killed holder does not keep the lock`() async throws {
    let ready = try pipe("ready")
    async let death: Void = {
      [path = scratch.stateFolder] in
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, ready = ready as String] in
        let state = try StateFolder.prepare(at: path, application: "grafana")
        let held = try state.lock.acquire(LockHolder(application: "grafana", run: "child"))
        // Inherits what of the state folder is not closed on exec; of the rest nothing, because
        // the test library would wait until its own descriptors are closed.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
          guard let number = Int32(name),
            let target = try? FileManager.default.destinationOfSymbolicLink(
              atPath: "/proc/self/fd/\(name)"),
            !target.hasPrefix(path)
          else { continue }
          posix_spawn_file_actions_addclose(&actions, number)
        }
        var child: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
        let failed = posix_spawnp(&child, "sleep", &actions, nil, &arguments, environ)
        try #require(failed == 0)
        try Data("\(child)\n".utf8).write(to: URL(fileURLWithPath: ready))
        withExtendedLifetime(held) { _ = kill(getpid(), SIGKILL) }
      }
    }()
    let child = try await Self.pid(from: ready) { $0 }
    defer { kill(child, SIGKILL) }
    await death
    #expect(kill(child, 0) == 0)
    try lock.acquire(holder()).release()
  }

  @Test func `of many processes that want it at once, one at a time has it`() async throws {
    let file = "\(scratch.path)/inside"
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask { [path = scratch.stateFolder] in
          await #expect(processExitsWith: .success) {
            [path = path as String, file = file as String] in
            let lock = try StateFolder.prepare(at: path, application: "grafana").lock
            var turns = 0
            while turns < 20 {
              let holder = LockHolder(application: "grafana", run: "\(turns)")
              guard let held = try? lock.acquire(holder) else {
                sched_yield()
                continue
              }
              // Only one may make the file, and it is gone before the lock is.
              let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY, 0o600)
              guard descriptor >= 0 else { exit(3) }
              close(descriptor)
              guard unlink(file) == 0 else { exit(4) }
              held.release()
              turns += 1
            }
          }
        }
      }
    }
    try lock.acquire(holder()).release()
  }
}
