import Foundation
import Testing

extension DockerTests {
  /// What Examples/grafana promises before anything is deployed.
  @Suite("The example") struct ExampleTests {
    @Test("starts from a fresh clone with blue live, and lets OAuth's big headers through")
    func starts() async throws {
      try await Project.with { project in
        #expect(project.live() == .blue)
        let answer = try HTTPConnection(port: project.port).get("/bigheader", close: true)
        #expect(answer.status == 200)
        let page = try await Shell.output(
          "curl", "--silent", "--head", "http://127.0.0.1:\(project.port)/api/health")
        #expect(page.contains("X-Served-By: grafana-blue"))
      }
    }

    @Test("nginx's usual buffers would not let them through")
    func usualBuffers() async throws {
      try await Project.with(start: false) { project in
        try project.edit("nginx/nginx.conf") { text in
          text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("buffer") }.joined(separator: "\n")
        }
        try await project.start()
        let answer = try HTTPConnection(port: project.port).get("/bigheader", close: true)
        #expect(answer.status == 502)
      }
    }

    @Test("the site file is blue's, and the two sites differ in the colour only")
    func siteFiles() throws {
      let folder = Repository.example.appending(path: "nginx")
      let blue = try String(
        contentsOf: folder.appending(path: "service_blue.conf"), encoding: .utf8)
      let green = try String(
        contentsOf: folder.appending(path: "service_green.conf"), encoding: .utf8)
      #expect(blue.replacing("blue", with: "green") == green)
      let site = try String(contentsOf: folder.appending(path: "service.conf"), encoding: .utf8)
      #expect(site == blue)
    }
  }
}
