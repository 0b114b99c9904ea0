import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Each kind of fault at each step of a plan.
@Suite(.timeLimit(.minutes(30))) struct FaultTableTests {
  private static let plan = Deploy("shop", port: 3000, health: "/up") {
    DetectActive()
    Up(.target)
    Health(retries: 5, every: 1)
    SwapNginx()
    Reload()
    Stop(.previous)
  }

  /// The table that most tests look at.
  private static let shared = Task { try await makeTable() }

  private static func makeTable() async throws -> FaultTable {
    let graph = try plan.graph()
    let good = await graph.rehearse(on: SimulatedHost(for: plan))
    return await graph.faultTable(after: good) { SimulatedHost(for: plan) }
  }

  /// Who serves in the end, and the exit codes, of a step's runs.
  private func ends(_ table: FaultTable, _ node: Int, _ column: FaultTable.Column) -> Set<String> {
    Set(
      table.cells(at: .init(node: node, column)).map { cell in
        "\(cell.serving?.rawValue ?? "none") \(cell.exitCode)"
      })
  }

  @Test func `each step has its faults, and each run its end`() async throws {
    let table = try await Self.shared.value
    let expected: [FaultTable.Column: [Set<String>]] = [
      .fails: [["blue 1"], ["blue 1"], ["blue 1"], ["blue 1"], ["blue 3"], ["green 7"]],
      .lies: [[], ["blue 1"], [], ["blue 1"], ["blue 3"], ["green 7"]],
      .interrupted: Array(repeating: ["blue 130"], count: 5) + [["green 130"]],
      .killed: Array(repeating: ["green 0"], count: 6),
      .secondRun: Array(repeating: ["green 5"], count: 6),
      .reboot: Array(repeating: ["green 0"], count: 6),
      .diskFull: [[], [], [], ["green 0"], [], []],
    ]
    for (column, rows) in expected {
      #expect((0..<6).map { ends(table, $0, column) } == rows, "\(column)")
    }
  }

  @Test
  func `no run but one with a reboot or an accident has an outage, and the way back is known`()
    async throws
  {
    let table = try await Self.shared.value
    for cell in table.cells where cell.column != .accident {
      #expect((cell.outage > .zero) == (cell.column == .reboot), "\(cell.operation) \(cell.fault)")
    }
    let times = table.cells(at: .init(node: 4, .fails)).compactMap(\.wayBack)
    #expect(times.count == 1 && times[0] > .zero && times[0] < .seconds(2), "\(times)")
    #expect(table.cells(at: .init(node: 5, .fails)).compactMap(\.wayBack).isEmpty)
  }

  @Test func `cells do not depend on each other`() async throws {
    let (one, other) = (try await Self.shared.value, try await Self.makeTable())
    #expect(
      one.cells.map { "\($0.node) \($0.fault) \($0.exitCode) \($0.outage)" }
        == other.cells.map { "\($0.node) \($0.fault) \($0.exitCode) \($0.outage)" })
  }

  @Test func `a killed run's time line ends with its death and goes on with the resume`()
    async throws
  {
    let cell = try #require(try await Self.shared.value.cells(at: .init(node: 4, .killed)).first)
    let lines = cell.rehearsal.timeLine
    let death = try #require(lines.firstIndex { $0.hasSuffix("bgrun is killed") })
    #expect(lines[death - 1].contains("nginx -s reload"))
    #expect(lines[death + 1].hasSuffix("shop begins") && lines[death + 2].contains("resuming run"))
    #expect(lines.contains { $0.hasSuffix("→ green serves") })
  }

  // MARK: What runs

  @Test func `containers are as they were found`() async throws {
    let layout = HostSnapshotTests.layouts[0]
    var snapshot = layout.snapshot
    func found(_ name: String, _ status: String, _ image: String) -> Container {
      var container = Container(
        id: "id-of-\(name)", name: "shop-\(name)-1", service: name, status: status,
        exitCode: status == "exited" ? 137 : 0, wasKilledForMemory: false, startedAt: "",
        restartCount: 0,
        healthCheck: .init(argv: ["check"], interval: .seconds(9)), image: image, error: "",
        mounts: [.init(source: "/home/shop/nginx", destination: "/etc/nginx")], ports: [:])
      container.imageID = "sha256:\(image)"
      container.project = "shop"
      return container
    }
    let proxy = found("nginx", "running", "nginx:1.28")
    snapshot.found = HostSnapshot.Found(
      containers: [proxy, found("web1", "running", "shop:0.9"), found("web2", "exited", "shop:2")],
      proxy: RunningProxy(proxy))
    snapshot.missingImages = ["shop:1"]
    snapshot.bootTime = .seconds(4)
    let host = SimulatedHost(copying: snapshot, for: layout.plan.application)
    #expect(host.world.obstacle == nil && host.serving == .blue)
    let (web1, web2) = (host.world.container(of: "web1"), host.world.container(of: "web2"))
    #expect(web1?.id == "id-of-web1" && web1?.image == "shop:0.9" && web1?.state == .running)
    #expect(web2?.exitCode == 137 && web2?.state == .exited)
    #expect(web1?.service.healthcheck?.interval == .seconds(9))
    #expect(!host.world.images.contains { $0.name == "shop:1" })
    let report = try await layout.plan.rehearse(on: host).report
    #expect(report.outcome == .succeeded && host.world.container(of: "web2")?.id == "id-of-web2")
    #expect(report.duration > .seconds(4))
  }

  @Test func `what was asked to stop and still runs is stopped again before it is started`()
    async throws
  {
    let layout = HostSnapshotTests.layouts[0]
    func found(_ name: String) -> Container {
      var container = Container(
        id: "id-of-\(name)", name: "shop-\(name)-1", service: name, status: "running", exitCode: 0,
        wasKilledForMemory: false, startedAt: "", restartCount: 0, image: "shop:1", error: "",
        mounts: name == "nginx"
          ? [.init(source: "/home/shop/nginx", destination: "/etc/nginx")] : [],
        ports: [:])
      container.project = "shop"
      return container
    }
    for stopping: Set<String> in [[], ["id-of-web2"]] {
      var snapshot = layout.snapshot
      let proxy = found("nginx")
      snapshot.found = HostSnapshot.Found(
        containers: [proxy, found("web1"), found("web2")], proxy: RunningProxy(proxy))
      snapshot.found?.stopping = stopping
      let host = SimulatedHost(copying: snapshot, for: layout.plan.application)
      #expect(try await layout.plan.rehearse(on: host).report.outcome == .succeeded)
      let stops = host.commands.filter { $0.hasPrefix("docker stop") }
      let expected = (stopping.isEmpty ? [] : ["shop-web2-1"]) + ["shop-web1-1"]
      #expect(stops.compactMap { $0.split(separator: " ").last.map(String.init) } == expected)
    }
  }

  @Test func `what is not simulated is listed`() {
    var layout = HostSnapshotTests.layouts[1]
    layout.files["site.conf", default: ""] +=
      "server { listen 81; location / { fastcgi_pass web1:9000; } }"
    let host = SimulatedHost(copying: layout.snapshot, for: layout.plan.application)
    #expect(
      host.world.omissions == [
        "requests to old.example.com are answered with 502",
        "fastcgi_pass of nginx is answered with 404",
      ])
  }
}
