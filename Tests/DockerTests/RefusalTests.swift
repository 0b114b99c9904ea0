import Foundation
import Testing

extension DockerTests {
  /// Deploys that cannot work: bgrun says why and how to fix it, and blue serves all the while.
  @Suite("Refused deploys") struct RefusalTests {
    /// A deploy in a project that one thing is wrong with.
    struct Case: Sendable {
      var name: String
      var deploy: @Sendable (Project) async throws -> Void

      init(_ name: String, _ deploy: @escaping @Sendable (Project) async throws -> Void) {
        (self.name, self.deploy) = (name, deploy)
      }
    }

    /// Cases that share a project, which is put back in order after each of them.
    struct Group: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var mount = Project.Mount.folder
      var cases: [Case]
    }

    @Test(arguments: [
      Group(testDescription: "site files", cases: siteFiles),
      Group(testDescription: "mounted site file", mount: .file, cases: mountedFile),
      Group(testDescription: "targets", cases: targets),
      Group(testDescription: "host", cases: host),
      Group(testDescription: "state folder", cases: stateFolder),
    ])
    func `only blue answers, green does not run afterwards, and the next deploy succeeds`(
      group: Group
    ) async throws {
      try await Project.with(mount: group.mount, users: .onBlue) { project in
        let original = project.folder.path + "-original"
        try FileManager.default.copyItem(atPath: project.folder.path, toPath: original)
        defer { try? FileManager.default.removeItem(atPath: original) }
        for entry in group.cases {
          try await entry.deploy(project)
          #expect(try await project.running() == [.blue], "\(entry.name)")
          try await project.restore(from: original)
          try await project.expect(live: .blue, "\(entry.name)")
        }
        await project.users.check()
        if group.mount == .file {
          try await project.compose("up", "--detach", "--force-recreate", "nginx-proxy")
          try await project.wait(for: .blue)
        }
        try await project.bgrun(live: .green)
      }
    }

    // MARK: Site files

    private static let missingSemicolon = Case("a missing semicolon") { project in
      try project.edit(
        "nginx/service_green.conf", ["grafana-green:3000;": "grafana-green:3000"])
      try await project.bgrun(
        exits: 1, says: ["service_green.conf", "[emerg]", "service.conf:3", "semicolon"])
      #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.blue)))
    }

    private static let siteFiles = [
      missingSemicolon,
      Case("the site file is included outside http { }") { project in
        try project.edit(
          "nginx/nginx.conf", ["  include service.conf;\n}": "}\ninclude service.conf;"])
        try await project.bgrun(
          exits: 1, says: ["\"upstream\" directive is not allowed here", "http"])
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.blue)))
      },
      Case("the site file is a directory") { project in
        try FileManager.default.removeItem(at: project.site)
        try FileManager.default.createDirectory(
          at: project.site, withIntermediateDirectories: false)
        try await project.bgrun(
          exits: 6, says: ["nginx/service.conf", "directory", "service_blue.conf"])
      },
      Case("a source does not exist") { project in
        try FileManager.default.removeItem(at: project.source(.green))
        try await project.bgrun(exits: 6, says: ["nginx/service_green.conf"])
      },
      Case("a port where the target does not listen") { project in
        try project.edit("nginx/service_green.conf", ["3000": "3999"])
        try await project.bgrun(
          exits: 1,
          says: ["nginx/service_green.conf sends requests to grafana-green:3999", "3000"])
      },
    ]

    private static let mountedFile = [
      missingSemicolon,
      Case("the mounted file was replaced by renaming, which the container never sees") { project in
        try project.read("nginx/service.conf")
          .write(to: project.site, atomically: true, encoding: .utf8)
        try await project.bgrun(
          exits: 1, says: ["nginx/service.conf", "nginx-proxy", "recreate"])
      },
    ]

    // MARK: Targets

    private static let targets = [
      Case("it stays unhealthy") { project in
        try project.set([.green: ["UNHEALTHY": "1"]])
        try await project.bgrun(
          plan: project.impatientPlan(), exits: 1,
          says: ["grafana-green", "503", "HTTP Server Listen"])
      },
      Case("its own health check in Docker fails") { project in
        try project.add(
          "healthcheck: {test: [CMD, /not/there], interval: 1s, retries: 1}", to: .green)
        try await project.bgrun(
          plan: project.plan(["retries: 15, every: 2": "retries: 4, every: 1"]), exits: 1,
          says: ["Docker's health check ended with exit code", "/not/there"])
      },
      Case("it needs longer than the plan allows") { project in
        try project.set([.green: ["BOOT": "20"]])
        try project.add("healthcheck: {\(HealthCheckTests.test)}", to: .green)
        try await project.bgrun(
          plan: project.impatientPlan(), exits: 1,
          says: [
            "its health check failed with exit code 1 (curl: (7)", "the plan's time is too short",
            "Health(retries: 8, every: 0.5)",
          ])
      },
      Case("it crashes at boot") { project in
        try project.set([.green: ["CRASH": "1"]])
        try await project.bgrun(
          exits: 1, says: ["grafana-green", "exit code 3", "unable to open database file"])
      },
      Case("it dies while it boots") { project in
        try project.set([.green: ["LIFE": "0.5", "UNHEALTHY": "1"]])
        try await project.bgrun(exits: 1, says: ["grafana-green", "exit code 4", "out of memory"])
      },
      Case("its image does not exist") { project in
        try project.edit(".env", ["bgruntest-app:12.3": "127.0.0.1:9/bgruntest-missing:1"])
        try await project.bgrun(
          exits: 1, says: ["grafana-green", "image is not available locally", "pull or build it"])
      },
    ]

    // MARK: The host

    private static let host = [
      Case("no docker on the PATH") { project in
        try await project.bgrun(
          environment: ["PATH": pathWithoutDocker(in: project.folder)], exits: 6,
          says: ["docker", "PATH"])
      },
      Case("no engine answers") { project in
        try await project.bgrun(
          environment: ["DOCKER_HOST": "unix:///nowhere/docker.sock"], exits: 6,
          says: ["Docker", "unix:///nowhere/docker.sock"])
      },
      Case("Compose rejects the file") { project in
        try project.edit("docker-compose.yaml") { $0 + "\n  oops: [\n" }
        try await project.bgrun(
          exits: 6, says: ["cannot read the Compose project", "yaml: line"])
        try await project.bgrun("status", exits: 6)
      },
      Case("no Compose file") { project in
        // Compose looks in the folders above too: this one must be outside the project's.
        let folder = project.folder.path + "-empty"
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await project.bgrun(
          "run", "--project", folder, exits: 6, says: ["Compose file", "--project"])
      },
      Case("the plan names a service that the project does not have") { project in
        let plan = try project.plan([
          #"Deploy("grafana","#: #"Deploy("grafana", green: "grafana-gren","#
        ])
        try await project.bgrun(
          plan: plan, exits: 2, says: ["grafana-gren", "grafana-green", "plan.swift:"])
      },
    ]

    /// A PATH with everything that the usual one offers, except docker.
    private static func pathWithoutDocker(in folder: URL) throws -> String {
      let files = FileManager.default
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return try path.split(separator: ":").map(String.init).enumerated().map { number, entry in
        guard files.isExecutableFile(atPath: "\(entry)/docker") else { return entry }
        let copy = folder.appending(path: "path-\(number)")
        try files.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: entry) where !name.hasPrefix("docker") {
          try files.createSymbolicLink(
            atPath: copy.appending(path: name).path, withDestinationPath: "\(entry)/\(name)")
        }
        return copy.path
      }.joined(separator: ":")
    }

    // MARK: The state folder

    private static let stateFolder = [
      Case("it cannot be written") { project in
        // Root may write everywhere else.
        try await project.bgrun(
          "run", "--state", "/proc/bgruntest-state", exits: 6, says: ["state"])
      },
      Case("every user may write it") { project in
        let state = project.folder.appending(path: ".bgrun")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: false)
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o777], ofItemAtPath: state.path)
        try await project.bgrun(
          exits: 6, says: [".bgrun", "written by every user", "chmod o="])
      },
      Case("it is a symbolic link") { project in
        try FileManager.default.createSymbolicLink(
          at: project.folder.appending(path: ".bgrun"), withDestinationURL: project.folder)
        try await project.bgrun(exits: 6, says: [".bgrun", "symbolic link"])
      },
      Case("it is a file") { project in
        try project.write("", to: ".bgrun")
        try await project.bgrun(exits: 6, says: [".bgrun", "is not a folder"])
      },
      Case("a journal is damaged") { project in
        try await project.bgrun(fault: .init(.killBefore, "compose up"), exits: -9)
        let journals = ".bgrun/grafana/journal"
        let name = try #require(
          FileManager.default.contentsOfDirectory(
            atPath: project.folder.appending(path: journals).path
          ).first { $0.hasSuffix(".jsonl") })
        try project.edit("\(journals)/\(name)") { text in
          var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
          lines[1] = String(lines[1].reversed())
          return lines.joined(separator: "\n")
        }
        try await project.bgrun(exits: 6, says: [name, "line 2"])
        try await project.bgrun("history", exits: nil, says: ["damaged"])
      },
    ]
  }
}

extension Project {
  /// README's plan with a health check that gives up after two seconds.
  func impatientPlan() throws -> URL {
    try plan(["retries: 15, every: 2": "retries: 4, every: 0.5"])
  }

  /// Puts the files of a copy back, in place, and removes green's container and what is new.
  fileprivate func restore(from copy: String) async throws {
    _ = try await Shell.run(["docker", "rm", "--force", container(Colour.green.service)])
    let files = FileManager.default
    let known = try Set(files.contentsOfDirectory(atPath: copy))
    for name in try files.contentsOfDirectory(atPath: folder.path) where !known.contains(name) {
      try files.removeItem(at: folder.appending(path: name))
    }
    if (try? Data(contentsOf: site)) == nil { try files.removeItem(at: site) }
    try await Shell.output("cp", "-a", copy + "/.", folder.path)
  }
}
