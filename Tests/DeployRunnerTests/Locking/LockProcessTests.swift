import Foundation
import Testing

@testable import DeployRunner

/// The lock between real processes.
@Suite(.timeLimit(.minutes(1))) struct LockProcessTests {
  let scratch: ScratchFolder
  let state: StateFolder
  var lock: DeployLock { state.lock }

  init() throws {
    scratch = try ScratchFolder()
    state = try scratch.state()
  }

  private func holder() -> LockHolder { LockHolder(application: "grafana", run: "parent") }

  /// A pipe with a name: opening it waits for the other side, so no test has to sleep.
  private func pipe(_ name: String) throws -> String {
    let path = "\(scratch.path)/\(name)"
    try #require(mkfifo(path, 0o600) == 0)
    return path
  }

  /// Waits for a line from another process, on a thread that may be blocked.
  private static func line(from path: String) async throws -> String {
    try await BlockingThread.run { _ in
      let bytes = HostFiles.bytes(of: path) ?? []
      return .success(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
    }
  }

  @Test func `another process is kept out, and let in at once when the holder is killed`()
    async throws
  {
    let ready = try pipe("ready")
    async let death: Void = {
      [path = scratch.stateFolder] in
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, ready = ready as String] in
        let state = try StateFolder.prepare(at: path, application: "grafana")
        let held = try state.lock.acquire(
          LockHolder(application: "grafana", run: "child", reason: "hotfix 42"))
        held.update(step: "Health")
        try Data("\(getpid())\n".utf8).write(to: URL(fileURLWithPath: ready))
        while true { pause() }
      }
    }()
    let pid = try #require(pid_t(try await Self.line(from: ready)))
    #expect(try lock.holder?.process.pid == pid)
    do {
      _ = try lock.acquire(holder())
      Issue.record("two holders")
    } catch DeployRefusal.held(_, let other) {
      #expect(other?.process.pid == pid)
      #expect(other?.step == "Health")
      #expect(other?.reason == "hotfix 42")
    }
    kill(pid, SIGKILL)
    await death
    #expect(try lock.holder == nil)
    try lock.acquire(holder()).release()
  }
}
