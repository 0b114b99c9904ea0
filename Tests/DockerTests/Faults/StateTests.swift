import Foundation
import Testing

extension DockerTests {
  /// A state folder that cannot be trusted or written stops a deploy before anything is started.
  @Suite("State folder") struct StateTests {
    /// What is wrong with it, and what the message must say.
    enum Trouble: CaseIterable {
      case unwritable, worldWritable, symlink, file

      var words: [String] {
        switch self {
        case .unwritable: ["state"]
        case .worldWritable: [".bgrun", "written by every user", "chmod o="]
        case .symlink: [".bgrun", "symbolic link"]
        case .file: [".bgrun", "is not a folder"]
        }
      }
    }

    @Test("is refused with exit code 6, and nothing is started", arguments: Trouble.allCases)
    func refused(trouble: Trouble) async throws {
      try await Project.with { project in
        let state = project.folder.appending(path: ".bgrun")
        let files = FileManager.default
        var arguments: [String] = []
        switch trouble {
        case .unwritable:
          // Root may write everywhere else.
          arguments = ["--state", "/proc/bgruntest-state"]
        case .worldWritable:
          try files.createDirectory(at: state, withIntermediateDirectories: false)
          try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: state.path)
        case .symlink:
          let other = project.folder.appending(path: "elsewhere")
          try files.createDirectory(at: other, withIntermediateDirectories: false)
          try files.createSymbolicLink(at: state, withDestinationURL: other)
        case .file:
          try Data().write(to: state)
        }
        try await project.expectRefusal(6, saying: trouble.words, arguments: arguments)
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a damaged journal is named, and stops the next deploy")
    func damagedJournal() async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        try docker.arm(.init(.killBefore, "compose up"))
        let killed = try await project.bgrun(environment: docker.environment)
        #expect(killed.status == -9, "\(killed)")
        let folder = project.folder.appending(path: ".bgrun/grafana/journal")
        let name = try #require(
          FileManager.default.contentsOfDirectory(atPath: folder.path)
            .first { $0.hasSuffix(".jsonl") })
        let journal = folder.appending(path: name)
        var lines = try String(contentsOf: journal, encoding: .utf8)
          .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[1] = String(lines[1].reversed())
        try lines.joined(separator: "\n").write(to: journal, atomically: false, encoding: .utf8)
        try await project.expectRefusal(6, saying: [name, "line 2"])
        let history = try await project.bgrun(command: "history")
        #expect(history.output.contains("damaged"), "\(history)")
      }
    }
  }
}
