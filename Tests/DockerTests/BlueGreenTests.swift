import Foundation
import Testing

extension DockerTests {
  /// The main job: traffic moves from one colour to the other, and nobody notices.
  @Suite("Blue-green deploy") struct BlueGreenTests {
    @Test("blue → green → blue under load loses no request", arguments: Project.Mount.allCases)
    func losesNoRequest(mount: Project.Mount) async throws {
      try await Project.with(mount: mount) { project in
        let load = Load(port: project.port)
        let forth = try await project.bgrun()
        #expect(forth.status == 0, "\(forth)")
        #expect(project.live() == .green)
        let back = try await project.bgrun()
        #expect(back.status == 0, "\(back)")
        #expect(project.live() == .blue)
        let tally = await load.stop()
        print("\(mount) mount, two deploys: \(forth.seconds) s, \(back.seconds) s; \(tally)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(tally.versions.keys.sorted() == ["12.3", "12.4"])
        #expect(try await !project.isRunning(.green))
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.blue)))
      }
    }

    @Test("downloads in flight arrive whole from an app that exits at once on SIGTERM")
    func downloadsArriveWhole() async throws {
      try await Project.with { project in
        let downloads = Downloads(port: project.port)
        let deploy = try await project.bgrun()
        let results = await downloads.results()
        print("four downloads of 6 s in flight: deploy \(deploy.seconds) s, \(results)")
        #expect(deploy.status == 0, "\(deploy)")
        #expect(results.allSatisfy { $0 == "whole" }, "\(results)")
        #expect(project.live() == .green)
        #expect(try await !project.isRunning(.blue))
      }
    }
  }
}
