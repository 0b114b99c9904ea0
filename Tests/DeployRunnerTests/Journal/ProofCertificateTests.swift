import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// What `bgrun prove` leaves for `bgrun deploy --require-proof`.
@Suite struct ProofCertificateTests {
  private let plan = Deploy.standard("shop", port: 3000, health: "/up", stops: false)

  private func snapshot(_ site: String = "server a;") -> HostSnapshot {
    var snapshot = HostSnapshot(
      project: ComposeProject(name: "shop", services: [:]), folder: "/srv")
    snapshot.add(Array(site.utf8), at: "nginx/service.conf")
    return snapshot
  }

  private func certificate(_ snapshot: HostSnapshot) throws -> ProofCertificate {
    ProofCertificate(
      "shop", try .init(plan.graph(), host: snapshot.fingerprint),
      [.init(faults: 1, played: 9, all: 9)],
      depth: 1, seed: 1)
  }

  @Test func `it is kept with the application's state, until it is removed`() throws {
    let folder = try TemporaryFolder()
    let state = try folder.state(of: "shop")
    #expect(state.certificate == nil)
    try state.write(certificate(snapshot()))
    #expect(state.certificate?.cells.map(\.played) == [9])
    try state.write(nil)
    #expect(state.certificate == nil)
  }

  @Test func `it holds for the same plan on the same host`() throws {
    let certificate = try certificate(snapshot())
    let graph = try plan.graph()
    #expect(certificate.doubt(about: try .init(graph, host: snapshot().fingerprint)) == nil)
    let other = try Deploy("shop", port: 3001, health: "/up") { DetectActive() }.graph()
    #expect(
      certificate.doubt(about: try .init(other, host: snapshot().fingerprint))
        == "the plan has changed since it was proved")
    #expect(
      certificate.doubt(about: try .init(graph, host: snapshot("server b;").fingerprint))
        == "the host has changed since the plan was proved")
  }

  @Test func `an unfinished search for single faults is not trusted`() throws {
    var certificate = try certificate(snapshot())
    certificate.cells[0].played = 8
    #expect(
      certificate.doubt(about: certificate.subject)
        == "the search ended before each fault was played alone")
  }

  @Test func `a host is another one once another container or image runs`() {
    var (one, other) = (snapshot(), snapshot())
    let container = TestContainer.running("shop-web1-1", image: "shop:1")
    one.found = .init(containers: [container], proxy: RunningProxy(container))
    #expect(one.fingerprint != other.fingerprint)
    var changed = container
    changed.startedAt = "later"
    other.found = .init(containers: [changed], proxy: RunningProxy(container))
    #expect(one.fingerprint == other.fingerprint)
    changed.imageID = "sha256:other"
    other.found = .init(containers: [changed], proxy: RunningProxy(container))
    #expect(one.fingerprint != other.fingerprint)
  }
}

private enum TestContainer {
  static func running(_ name: String, image: String) -> Container {
    Container(
      id: "id", name: name, service: "web1", status: "running", exitCode: 0,
      wasKilledForMemory: false, startedAt: "", restartCount: 0, healthCheck: nil, image: image,
      error: "", mounts: [], ports: [:])
  }
}
