import BgrunTestSupport
import Foundation
import Testing

extension ToolTests {
  /// `--on`, with an OpenSSH server of the tests' own as the host.
  @Suite("Another host", .requiresSSH, .serialized)
  struct Remote {
    private static let secret = "hünter 2'$x"
    let bench: Workbench
    let project: URL

    init() throws {
      bench = try Workbench()
      project = bench.folder.appending(path: "pröj $x")
      try bench.write("pröj $x/compose.yaml", "services: {}\n")
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        let word = Parameter("word", default: "plain")
        Deploy("x") {
          Run("sh", "./step.sh", "\\(word)", environment: ["PW": Secret("PW")])
            .undo { Run("touch", "undone") }
        }

        """)
      try bench.write("pröj $x/step.sh", "touch begun\nwhile [ ! -e go ]; do sleep 0.05; done\n")
    }

    private var place: String { "web1:\(project.path)" }

    private func variables(_ server: SSHServer) -> [String: String] {
      server.environment.merging([
        "PW": Self.secret, "BGRUN_CACHE": SharedPrograms.folder.appending(path: "here").path,
      ]) { $1 }
    }

    private func server(login: String? = nil) async throws -> SSHServer {
      try await SSHServer(login: login, cache: SharedPrograms.folder.appending(path: "there"))
    }

    private func bgrun(
      _ words: String..., on server: SSHServer, place: String? = nil,
      started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> Workbench.Ending {
      try await bench.run(
        [try Workbench.tool().path] + words + ["--on", place ?? self.place],
        environment: variables(server), started: started)
    }

    private func exists(_ name: String) -> Bool {
      bench.has("\(project.lastPathComponent)/\(name)")
    }

    private func wait(for name: String) async throws {
      try await waitUntil("\(name) exists") { exists(name) }
    }

    private func touch(_ name: String) throws { try bench.write("pröj $x/\(name)", "") }

    /// Runs the plan, does something while its step runs, and gives how it ended.
    private func run(
      _ words: String..., on server: SSHServer,
      meanwhile: @Sendable @escaping (Int32) async throws -> Void
    ) async throws -> Workbench.Ending {
      let task = TaskBox()
      let ending = try await bench.run(
        [try Workbench.tool().path, "p.swift", "--on", place] + words,
        environment: variables(server)
      ) { pid in
        task.start {
          try await wait(for: "begun")
          try await meanwhile(pid)
        }
      }
      try await task.end()
      return ending
    }

    private final class TaskBox: @unchecked Sendable {
      private var task: Task<Void, any Error>?
      func start(_ body: @Sendable @escaping () async throws -> Void) {
        task = Task { try await body() }
      }
      func end() async throws { try await task?.value }
    }

    // MARK: Runs

    @Test func `a plan runs there as here; its secret is on no disk and in no command line`()
      async throws
    {
      let server = try await server()
      try bench.write(
        "pröj $x/step.sh",
        """
        [ "$PW" = "hünter 2'\\$x" ] && touch right
        for p in /proc/[0-9]*; do
          case $(tr '\\0' ' ' <$p/cmdline) in *"$PW"*) cat $p/comm >>leaked;; esac
          [ "$(cat $p/comm)" = ssh ] || continue
          # This test's own.
          case $(tr '\\0' ' ' <$p/cmdline) in *"$PWD"*) ;; *) continue;; esac
          case $(tr '\\0' '\\n' <$p/environ) in *"$PW"*) echo ssh >>leaked;; esac
        done 2>/dev/null
        echo "$1"

        """)
      let ending = try await bgrun("p.swift", "--set", "word=a 'b' $c \"ü\"", on: server)
      #expect(ending.status == 0 && exists("right") && !exists("leaked"), "\(ending)")
      #expect(ending.output.contains("✓ Run sh  a 'b' $c \"ü\""), "\(ending)")
      #expect(ending.output.contains("✓ x: done, 1 step in "), "\(ending)")
      let history = try await bgrun("history", "p.swift", on: server)
      #expect(history.status == 0, "\(history)")
      #expect(history.output.contains(#/ deploy .* succeeded .*@\S+ as \S+@\S+/#), "\(history)")
      let held = try await bench.run(
        ["/bin/grep", "-rF", Self.secret, project.path, SharedPrograms.folder.path])
      #expect(held.status == 1, "\(held)")
      let json = try await bgrun("p.swift", "--format", "json", on: server)
      #expect(json.status == 0, "\(json)")
      #expect(json.output.split(separator: "\n").last?.contains(#""event":"run-finished""#) == true)
      // The program was there.
      #expect(!json.errors.contains("copying"), "\(json)")
    }

    @Test func `what a deploy would do is kept here and done there; a report is written here`()
      async throws
    {
      let server = try await server()
      try touch("go")
      let tool = try Workbench.tool().path
      let planned = try await bgrun("plan", "p.swift", "-o", "x.plan", on: server)
      #expect(planned.status == 0 && planned.output.contains("sh ./step.sh plain"), "\(planned)")
      #expect(planned.errors.contains("wrote x.plan"), "\(planned)")
      #expect(bench.has("x.plan") && !exists("x.plan") && !exists("begun"))
      let same = try await bgrun("plan", "p.swift", "--diff", "x.plan", on: server)
      #expect(same.status == 0 && same.output.contains("nothing has changed"), "\(same)")
      let json = try await bgrun("plan", "p.swift", "--format", "json", "-o", "-", on: server)
      #expect(json.output.hasPrefix("{") && json.output.contains(#""host" : "web1:"#), "\(json)")

      // The file knows the host.
      let applied = try await bench.run([tool, "apply", "x.plan"], environment: variables(server))
      #expect(applied.status == 0 && exists("begun"), "\(applied)")
      #expect(applied.output.contains("✓ x: done, 1 step in "), "\(applied)")
      let report = try await bgrun("report", "p.swift", "-o", "x.html", on: server)
      #expect(report.status == 0 && bench.has("x.html") && !exists("x.html"), "\(report)")

      let other = try await bgrun(
        "plan", "p.swift", "--set", "word=new", "--diff", "x.plan", on: server)
      #expect(other.status == 1 && other.output.contains("+ Run sh"), "\(other)")
      let plan = try String(contentsOf: bench.folder.appending(path: "p.swift"), encoding: .utf8)
      try bench.write("p.swift", plan.replacing("plain", with: "other"))
      let refused = try await bench.run([tool, "apply", "x.plan"], environment: variables(server))
      #expect(refused.status == 1, "\(refused)")
      #expect(refused.errors.contains("x.plan was not applied: something has"), "\(refused)")
      #expect(
        refused.errors.contains(
          "`bgrun plan '\(bench.folder.path)/p.swift' --on 'web1:\(project.path)' -o x.plan`"),
        "\(refused)")
    }

    @Test
    func `check and rehearse look at the host's project; a secret that is set here is not missing`()
      async throws
    {
      let server = try await SSHServer(
        variables: ["PW": ""], cache: SharedPrograms.folder.appending(path: "there"))
      let checked = try await bgrun("check", "p.swift", on: server)
      #expect(checked.output.contains(project.path), "\(checked)")
      #expect(!checked.output.contains("warning: the secret"), "\(checked)")
      let tool = try Workbench.tool().path
      let lacking = try await bench.run(
        [tool, "check", "p.swift", "--on", place],
        environment: variables(server).merging(["PW": ""]) { $1 })
      #expect(lacking.output.contains("warning: the secret from"), "\(lacking)")
      let rehearsed = try await bgrun("rehearse", "p.swift", on: server)
      #expect(rehearsed.output.contains("x on a simulated"), "\(rehearsed)")
    }

    @Test func `a lost connection does not end a run, and it is followed on`() async throws {
      let server = try await server()
      let ending = try await run(on: server) { _ in
        let before = server.wire.connections
        server.wire.reset()
        try await waitUntil("it connects again") { server.wire.connections > before }
        try touch("go")
      }
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.errors.contains("lost the connection to web1"), "\(ending)")
      #expect(ending.errors.contains("connected to web1 again"), "\(ending)")
      #expect(ending.output.components(separatedBy: "✓ Run sh").count == 2, "\(ending)")
    }

    @Test func `a connection that hangs is noticed`() async throws {
      let server = try await server()
      let ending = try await run(on: server) { _ in
        let before = server.wire.connections
        server.wire.swallow()
        try touch("go")
        try await waitUntil("it connects again") { server.wire.connections > before }
      }
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.errors.contains("connected to web1 again"), "\(ending)")
    }

    @Test func `an interruption is passed on, and the rollback is waited for`() async throws {
      let server = try await server()
      let ending = try await run(on: server) { pid in kill(pid, SIGINT) }
      #expect(ending.status == 130 && exists("undone"), "\(ending)")
      #expect(ending.errors.contains("interrupted: "), "\(ending)")
    }

    @Test func `without the user's machine a run goes on, and anyone can follow and cancel it`()
      async throws
    {
      let server = try await server()
      let left = try await run(on: server) { pid in kill(pid, SIGHUP) }
      #expect(left.status == 8, "\(left)")
      let command = "bgrun follow p.swift --on 'web1:"
      #expect(
        left.errors.contains("out of sight: run ") && left.errors.contains(command), "\(left)")
      let second = try await bgrun("p.swift", on: server)
      #expect(second.status == 5, "\(second)")
      #expect(second.errors.contains(#/being deployed by \S+@\S+ as \S+ on /#), "\(second)")
      let cancelled = try await bgrun("follow", "p.swift", "--cancel", on: server)
      #expect(cancelled.status == 130 && exists("undone"), "\(cancelled)")
      let again = try await bgrun("follow", "p.swift", on: server)
      #expect(again.status == 130 && again.output.contains("x: cancelled"), "\(again)")
      let run = try #require(left.errors.firstMatch(of: /run \S+-(\S+) continues/)?.1)
      let named = try await bgrun("follow", "p.swift", String(run), on: server)
      #expect(named.status == 130 && named.output == again.output, "\(named)")
      let unknown = try await bgrun("follow", "p.swift", "zzzz", on: server)
      #expect(unknown.errors.contains("no run zzzz of x was started"), "\(unknown)")
    }

    @Test func `a run that was killed is interrupted, and can be handled from here`() async throws {
      let server = try await server()
      let ending = try await run(on: server) { [project] _ in
        let lock = try String(
          contentsOf: project.appending(path: ".bgrun/x/lock.json"), encoding: .utf8)
        let pid = try #require(lock.firstMatch(of: /"pid":(\d+)/).flatMap { Int32($0.1) })
        kill(pid, SIGKILL)
      }
      #expect(
        ending.status == 4 && ending.errors.contains("bgrun resume p.swift --on"), "\(ending)")
      let refused = try await bgrun("p.swift", on: server)
      #expect(refused.status == 5, "\(refused)")
      let resolved = try await bgrun("resolve", "p.swift", on: server)
      #expect(resolved.status == 0, "\(resolved)")
      try touch("go")
      let ended = try await bgrun("p.swift", on: server)
      #expect(ended.status == 0, "\(ended)")
    }

    @Test func `a question waits for someone who follows on a terminal`() async throws {
      let server = try await server()
      try bench.write(
        "q.swift",
        """
        import DeployDSL
        Deploy("x") {
          // Whatever fails here, the run ends, and with it the test.
          Approve("Switch now?").timeout(100)
          Run("touch", "done")
        }

        """)
      let tool = try Workbench.tool().path
      async let asked = bgrun("q.swift", on: server)
      try await waitUntil("the run has begun") {
        let events = project.appending(path: ".bgrun/x/events").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: events)) ?? []
        return names.contains { $0.hasSuffix(".jsonl") }
      }
      let follow = try await bench.run(
        [
          "/bin/bash", "-c",
          #"while echo y; do sleep 0.2; done | script -qec '"$TOOL" follow q.swift --on "$PLACE"' /dev/null"#,
        ],
        environment: variables(server).merging([
          "TOOL": tool, "PLACE": place, "TERM": "xterm",
        ]) { $1 })
      let ending = try await asked
      #expect(follow.status == 0 && follow.output.contains("Switch now? [y/N]"), "\(follow)")
      #expect(ending.status == 0 && exists("done"), "\(ending)")
      #expect(ending.errors.contains("bgrun follow q.swift --on"), "\(ending)")
      // A pipe in the project would stop programs that copy it.
      let left = try FileManager.default.contentsOfDirectory(
        atPath: project.appending(path: ".bgrun/x/events").path)
      #expect(!left.contains { $0.hasSuffix(".told") }, "\(left)")
    }

    // MARK: Two machines

    @Test func `commands and secrets belong to a machine, and the difference of files is shown`()
      async throws
    {
      let server = try await SSHServer(
        variables: ["WHERE": "host", "TOKEN": "host's"],
        cache: SharedPrograms.folder.appending(path: "there"))
      try bench.write("app.yaml", "services: {a: 2}\n")
      try bench.write("pröj $x/app.yaml", "services: {a: 1}\n")
      try bench.write(
        "m.swift",
        #"""
        import DeployDSL
        struct Own: PrimitiveStep {
          let secrets = [Secret("PW")]
          func run(in context: StepContext) async throws {
            try await context.run("sh", "-c", #"[ "$PW" ] && touch own"#, environment: ["PW": Secret("PW")])
          }
        }
        Deploy("x", compose: "app.yaml") {
          Run("sh", "-c", #"echo "$WHERE $PW" >here; echo ran here"#, on: .controller,
            environment: ["PW": Secret("PW")])
          Run("sh", "-c", #"echo "$WHERE $TOKEN" >there"#,
            environment: ["TOKEN": Secret("TOKEN", from: .host)])
          Own()
        }

        """#)
      let tool = try Workbench.tool().path
      let ending = try await bench.run(
        [tool, "m.swift", "--on", place, "--sync", "--verbose"],
        environment: variables(server).merging(["WHERE": "laptop", "TOKEN": "laptop's"]) { $1 })
      #expect(ending.status == 0 && exists("own"), "\(ending)")
      #expect(ending.output.contains("ran here"), "\(ending)")
      #expect(
        ending.output.contains("- services: {a: 1}\n")
          && ending.output.contains("+ services: {a: 2}"),
        "\(ending)")
      func text(_ name: String) throws -> String {
        try String(contentsOf: bench.folder.appending(path: name), encoding: .utf8)
      }
      #expect(try text("here") == "laptop \(Self.secret)\n")
      #expect(try text("pröj $x/there") == "host host's\n")
      #expect(try text("pröj $x/app.yaml") == "services: {a: 2}\n")
      let held = try await bench.run(["/bin/grep", "-rF", Self.secret, project.path])
      #expect(held.status == 1, "\(held)")
    }

    @Test func `a command for the user's machine waits for a follower as long as its step lasts`()
      async throws
    {
      let server = try await server()
      try bench.write(
        "n.swift",
        """
        import DeployDSL
        Deploy("x") {
          Run("sh", "./step.sh")
          Run("touch", "purged", on: .controller).timeout(60)
          Run("touch", "again", on: .controller).timeout(1)
        }

        """)
      let task = TaskBox()
      let left = try await bench.run(
        [try Workbench.tool().path, "n.swift", "--on", place], environment: variables(server)
      ) { pid in
        task.start {
          try await wait(for: "begun")
          kill(pid, SIGHUP)
        }
      }
      try await task.end()
      #expect(left.status == 8, "\(left)")
      try touch("go")
      // It follows, too late for the second: who only follows waits a moment.
      let followed = try await bgrun("follow", "n.swift", on: server)
      #expect(followed.status == 1, "\(followed)")
      #expect(bench.has("purged"))
      #expect(
        followed.errors.contains("the run was not followed for ")
          || followed.output.contains("the run was not followed for "), "\(followed)")
    }

    @Test func `files that the plan needs and the host lacks are named, and nothing starts`()
      async throws
    {
      let server = try await server()
      try bench.write(
        "f.swift",
        """
        import DeployDSL
        Deploy("x", compose: "app.yaml", site: Site("nginx/s.conf", blue: "b.conf", green: "g.conf")) {
          DetectActive()
          Up(.target)
          Health()
          SwapNginx()
          Reload()
          Stop(.previous)
        }

        """)
      try touch("b.conf")
      let ending = try await bgrun("f.swift", on: server)
      #expect(ending.status == 6 && !exists(".bgrun/x/journal"), "\(ending)")
      #expect(
        ending.errors.contains("lacks app.yaml, g.conf, which the plan needs; nothing was started"),
        "\(ending)")
      let nothing = try await bgrun("f.swift", "--sync", on: server)
      #expect(nothing.status == 6 && nothing.errors.contains("to send"), "\(nothing)")
      let here = try await bench.bgrun("f.swift", "--sync")
      #expect(here.status == 2 && here.errors.contains("--on names none"), "\(here)")
    }

    // MARK: Hosts

    @Test func `a user without privileges will do`() async throws {
      let server = try await SSHServer(
        login: "exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -c \"$c\"")
      for folder in [server.cache, project] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        chown(folder.path, 65534, 65534)
      }
      try touch("go")
      let ending = try await bgrun("p.swift", on: server)
      #expect(ending.status == 0, "\(ending)")
      let history = try await bgrun("history", "p.swift", on: server)
      #expect(history.output.contains(" as nobody@"), "\(history)")
    }

    @Test(arguments: ["/bin/dash", "/bin/busybox sh", "/bin/bash"])
    func `any POSIX shell will do, and a login shell may be slow and print`(shell: String)
      async throws
    {
      let server = try await server(
        login: "printf 'Welcome!\\nLast login: '; sleep 1; exec \(shell) -c \"$c\"")
      try touch("go")
      let ending = try await bgrun("p.swift", on: server)
      #expect(ending.status == 0 && !ending.output.contains("Welcome"), "\(ending)")
      let status = try await bgrun("history", "p.swift", "--format", "json", on: server)
      #expect(status.status == 0 && status.output.hasPrefix("{"), "\(status)")
    }

    /// What is wrong with a host: its login shell, what is said about it.
    struct Fault: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var login: String?
      /// The options of a small disk that holds the cache.
      var mount: String?
      var text: String
    }

    @Test(arguments: [
      Fault(
        testDescription: "architecture",
        login:
          "d=$(mktemp -d); printf '#!/bin/sh\\n[ $1 = -m ] && echo riscv64 || echo Linux\\n' "
          + ">$d/uname; chmod +x $d/uname; PATH=$d:$PATH sh -c \"$c\"; rm -r $d",
        text: "web1 runs Linux riscv64, and the plan's program is for Linux "),
      Fault(
        testDescription: "no /proc",
        login: "c=\"$c\" exec unshare -m sh -c 'mount -t tmpfs none /proc; exec sh -c \"$c\"'",
        text: "/proc is not mounted on web1"),
      Fault(testDescription: "noexec", mount: "noexec", text: "is mounted noexec"),
      Fault(
        testDescription: "full disk", mount: "size=1m",
        text: "No space left on device; free some disk space there"),
      Fault(
        testDescription: "read-only", mount: "size=1m,ro",
        text: "Read-only file system; choose another folder there"),
      Fault(
        testDescription: "login shell that ends", login: "echo maintenance >&2; exit 1",
        text: "its shell ended with exit code 1 and started nothing: maintenance; the user's login"),
    ])
    func `a host that cannot run it is named, with the reason and the fix`(fault: Fault)
      async throws
    {
      let server = try await SSHServer(login: fault.login)
      let disk = try fault.mount.map { options in
        try FileManager.default.createDirectory(
          at: server.cache, withIntermediateDirectories: true)
        return try SmallDisk(at: server.cache.path, options)
      }
      defer { disk?.unmount() }
      let ending = try await bgrun("p.swift", on: server)
      #expect(ending.status == 6 && ending.errors.contains(fault.text), "\(ending)")
      let status = try await bgrun("history", "p.swift", on: server)
      #expect(status.status == 6 && status.errors.contains(fault.text), "\(status)")
      #expect(!exists("begun") && !exists(".bgrun"))
    }

    @Test func `so is a state folder of another user, a missing project, and a wrong command line`()
      async throws
    {
      let server = try await server()
      try FileManager.default.createDirectory(
        at: project.appending(path: ".bgrun"), withIntermediateDirectories: true)
      chown(project.appending(path: ".bgrun").path, 65534, 65534)
      let owner = try await bgrun("p.swift", on: server)
      #expect(owner.status == 6 && owner.errors.contains(".bgrun belongs to nobody"), "\(owner)")
      let missing = try await bgrun("p.swift", on: server, place: "web1:/missing")
      #expect(missing.status == 6, "\(missing)")
      #expect(
        missing.errors.hasSuffix(
          "bgrun: web1 has no folder /missing; name the Compose project's folder there: "
            + "--on web1:/PATH\n"), "\(missing)")
      let both = try await bgrun("p.swift", "--project", ".", on: server)
      #expect(both.status == 2 && both.errors.contains("contradict"), "\(both)")
      #expect(!exists("begun"))
    }

    @Test func `ssh's own trouble is told with its fix`() async throws {
      let server = try await server()
      try
        "[127.0.0.1]:\(server.wire.port) ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw\n"
        .write(to: server.folder.appending(path: "known"), atomically: true, encoding: .utf8)
      let ending = try await bgrun("p.swift", on: server)
      #expect(ending.status == 6 && ending.errors.contains("Host key verification failed"))
      #expect(ending.errors.contains("check the host's key: `ssh web1`"), "\(ending)")
    }
  }
}
