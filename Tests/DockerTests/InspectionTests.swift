import Foundation
import Testing

extension DockerTests {
  /// `bgrun check` and `bgrun doctor` on a real project.
  @Suite("Check and doctor") struct InspectionTests {
    @Test func `a sound project has no findings, before and after a deploy`() async throws {
      try await Project.with { project in
        for _ in 1...2 {
          let check = try await project.bgrun("check")
          #expect(
            check.output.contains("project ok") && !check.text.contains("warning"), "\(check)")
          let doctor = try await project.bgrun("doctor", "--strict")
          #expect(doctor.output.contains("host ok"), "\(doctor)")
          try await project.bgrun()
        }
      }
    }

    @Test func `a mounted file that was replaced is found, and so is a copy that nginx loads`()
      async throws
    {
      try await Project.with(mount: .file) { project in
        let text = try project.read("nginx/service.conf")
        try (text + "# by an editor\n").write(to: project.site, atomically: true, encoding: .utf8)
        try await project.bgrun(
          "doctor", exits: 1,
          says: ["does not see the content of nginx/service.conf", "--force-recreate nginx-proxy"])
      }
    }

    @Test func `both colours loaded, and a change that nginx has not loaded, which --fix loads`()
      async throws
    {
      try await Project.with { project in
        // The ages of nginx's processes are in whole seconds.
        try await Task.sleep(for: .seconds(3))
        try project.write(
          try project.read("nginx/service.conf") + "# new\n", to: "nginx/service.conf")
        try await Task.sleep(for: .seconds(2))
        try await project.bgrun("doctor", says: ["was changed after nginx had loaded"])
        try await project.bgrun("doctor", "--fix", "--yes", says: ["nginx -s reload", "host ok"])
        try project.edit("nginx/nginx.conf", ["include service.conf;": "include service*.conf;"])
        try await project.bgrun(
          "doctor", exits: 1, says: ["duplicate upstream", "keep the colours' sources out"])
        try await project.bgrun("check", exits: 1, says: ["nginx in nginx-proxy loads"])
      }
    }

    @Test func `an answer with too big headers is found in nginx's log, with the lines to write`()
      async throws
    {
      try await Project.with(
        start: false
      ) { project in
        let text = try project.read("nginx/nginx.conf")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try project.write(
          lines.filter { !$0.contains("buffer") }.joined(separator: "\n"), to: "nginx/nginx.conf")
        try await project.compose("up", "--detach", "nginx-proxy", Colour.blue.service)
        try await Task.sleep(for: .seconds(4))
        _ = try? HTTPConnection(port: project.port).get("/bigheader", close: true)
        try await project.bgrun(
          "doctor", exits: 1,
          says: ["upstream sent too big header", "proxy_busy_buffers_size 256k;"])
      }
    }
  }
}
