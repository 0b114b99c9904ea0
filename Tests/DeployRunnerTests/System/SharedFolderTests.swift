import Foundation
import BgrunTestSupport
import Testing

@testable import DeployRunner

#if os(Linux)
  /// A state folder that the members of a group use.
  @Suite("A shared state folder") struct SharedFolderTests {
    private static let group: gid_t = 4242
    let scratch: TemporaryFolder
    var path: String { scratch.stateFolder }

    init() throws {
      scratch = try TemporaryFolder()
      try #require(chmod(scratch.path, 0o755) == 0)
    }

    /// What another user makes of it, who is in a group: the message of his failure, or nothing.
    private func another(in group: gid_t = group) async -> String {
      let result = await #expect(
        processExitsWith: .success, observing: [\.standardErrorContent]
      ) { [path = scratch.stateFolder as String, group = group as gid_t] in
        var groups = [group]
        guard setgroups(1, &groups) == 0, setgid(65534) == 0, setuid(65534) == 0 else { exit(3) }
        umask(0o077)
        do {
          let state = try StateFolder.prepare(at: path, application: "grafana")
          let held = try state.lock.acquire(LockHolder(application: "grafana", run: "his"))
          _ = try state.folder.read("of-mine")
          try state.folder.write("of-his", [1])
          held.release()
        } catch {
          FileHandle.standardError.write(Data("\(error)".utf8))
        }
      }
      return String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    private func use() throws {
      let state = try scratch.state()
      try state.folder.write("of-mine", [2])
      try state.lock.acquire(LockHolder(application: "grafana", run: "mine")).release()
      _ = try state.folder.read("of-his")
    }

    @Test(.needsRoot) func `is made so where the group may write the project`() async throws {
      try #require(chown(scratch.path, 0, Self.group) == 0 && chmod(scratch.path, 0o2770) == 0)
      try use()
      for name in [".bgrun", ".bgrun/grafana"] {
        #expect(try scratch.mode(of: name) == 0o2770, "\(name)")
      }
      #expect(try scratch.mode(of: ".bgrun/grafana/of-mine") == 0o660)
      #expect(await another() == "")
      try use()
      #expect(try scratch.mode(of: ".bgrun/grafana/of-his") == 0o660)
    }

    @Test(.needsRoot) func `may be made so by hand`() async throws {
      try use()
      let refused = await another()
      #expect(refused.contains("cannot open \(path): Permission denied"), "\(refused)")
      #expect(refused.contains("`sudo chgrp -R "), "\(refused)")
      #expect(refused.contains("chmod -R g+rwX \(path)`"), "\(refused)")
      try #require(
        succeeds("chgrp", "-R", "\(Self.group)", path)
          && succeeds("chmod", "-R", "g+rwX", path))
      #expect(await another() == "")
      try use()
      #expect(try scratch.mode(of: ".bgrun/grafana/of-his") == 0o660)
    }

    @Test(.needsRoot) func `lets nobody in who is not of the group`() async throws {
      try #require(chown(scratch.path, 0, Self.group) == 0 && chmod(scratch.path, 0o2775) == 0)
      try use()
      #expect(await another(in: 4243).contains("Permission denied"))
    }

    @Test(.needsRoot) func `is not trusted where everybody may make folders`() async throws {
      try use()
      try #require(
        succeeds("chgrp", "-R", "\(Self.group)", path)
          && succeeds("chmod", "-R", "g+rwX", path) && chmod(scratch.path, 0o1777) == 0)
      #expect(await another().contains("belongs to root"))
    }

    @Test(.needsRoot) func `is closed to all others`() throws {
      try use()
      try #require(chmod(path, 0o2775) == 0)
      try use()
      #expect(try scratch.mode(of: ".bgrun") == 0o2770)
    }
  }
#endif
