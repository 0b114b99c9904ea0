import DeployDSL
import Testing

@testable import DeployRunner

/// Everything that bgrun reads from docker and nginx, spoiled at random: it is understood or
/// refused, and what is understood makes sense.
@Suite("Spoiled inputs", .timeLimit(.minutes(30)))
struct InputFuzzTests {
  private static let count = 3_000
  private static let application = HostUnderTest.application

  /// What the simulated engine prints, whose words are the real one's.
  private func sample(_ command: (DockerCLI) -> HostCall) async throws -> String {
    let host = HostUnderTest()
    _ = try await host.up(Self.application.green)
    return try await host.run(command(host.docker)).output
  }

  private func report(_ input: String, _ understood: Int) {
    print("spoiled \(input): \(Self.count) tried, \(understood) understood")
    #expect(understood > 0 && understood < Self.count)
  }

  @Test func `a Compose project is understood or refused`() async throws {
    var garbler = Garbler(seed: 1)
    var understood = 0
    for number in 0..<Self.count {
      let text = garbler.text(composeSample)
      guard let project = try? ComposeProject.parse(text) else { continue }
      understood += 1
      for (name, service) in project.services {
        let container = project.containerName(of: name)
        #expect(container.contains(name) || service.containerName == container, "\(number)")
        let address = project.publishedAddress(of: name, port: 3000)
        #expect(address.map { (1...65535).contains($0.port) } ?? true, "\(number)")
        #expect(address.map { !$0.host.isEmpty } ?? true, "\(number)")
        _ = service.firstPort
      }
    }
    report("Compose projects", understood)
  }

  @Test func `containers are understood or refused`() async throws {
    var garbler = Garbler(seed: 2)
    var understood = 0
    for number in 0..<Self.count {
      let text = garbler.text(containerSample)
      guard let containers = try? Container.parse(text) else { continue }
      understood += 1
      for container in containers {
        #expect(container.isSameLife(as: container), "\(number)")
        #expect(!container.fate.isEmpty, "\(number)")
        for address in container.publishedAddresses {
          #expect((1...65535).contains(address.port) && !address.host.isEmpty, "\(number)")
        }
      }
    }
    report("containers", understood)
  }

  @Test func `the processes of a proxy are understood or passed over`() async throws {
    var garbler = Garbler(seed: 3)
    var understood = 0
    for number in 0..<Self.count {
      let text = garbler.text(topSample)
      let workers = ProxyWorkers(ProcessTable(top: text))
      #expect(workers.workers.count <= text.split(whereSeparator: \.isNewline).count, "\(number)")
      #expect(workers.accepting.allSatisfy { !$0.isShuttingDown }, "\(number)")
      if workers.workers.isEmpty {
        #expect(workers.progress(since: [4908]) == .notStarted, "\(number)")
      } else {
        understood += 1
        // The very same workers are no sign of a reload.
        #expect(workers.progress(since: workers.pids) == .notStarted, "\(number)")
      }
    }
    report("process lists", understood)
  }

  @Test func `a site file shows a colour only if it names its service`() async throws {
    let host = HostUnderTest()
    let files = Color.allCases.compactMap { host.host.world.file(Self.application.source($0)) }
    var garbler = Garbler(seed: 4)
    var understood = 0
    for number in 0..<Self.count {
      let original = Array(files[number % files.count].utf8)
      let bytes =
        garbler.chance(2)
        ? garbler.bytes(original)
        : Array(garbler.words(String(decoding: original, as: UTF8.self)).utf8)
      let text = String(decoding: bytes, as: UTF8.self)
      let site = SiteText(bytes)
      let hosts = ColorHosts(of: Self.application, in: nil, for: nil)
      let named = site.colors(by: hosts)
      #expect(named.allSatisfy { text.contains(Self.application.service($0)) }, "\(number)")
      guard let color = site.color(by: hosts) else { continue }
      understood += 1
      #expect(named == [color], "\(number)")
    }
    report("site files", understood)
  }

  @Test func `nginx's own words about any bytes are recognised, and others are not`() async throws {
    let host = HostUnderTest()
    let text = try #require(host.host.world.file(Self.application.source(.green)))
    let path = "/etc/nginx/conf.d/service.conf"
    func dump(_ bytes: [UInt8]) -> NginxDump {
      let parts = [
        Array("# configuration file /etc/nginx/nginx.conf:\nhttp {}\n\n".utf8),
        Array("# configuration file \(path):\n".utf8) + bytes,
        Array("\n# configuration file /etc/nginx/mime.types:\ntypes {}\n\n".utf8),
      ]
      return NginxDump(String(decoding: parts.joined(), as: UTF8.self))
    }
    var garbler = Garbler(seed: 5)
    var understood = 0
    for number in 0..<Self.count {
      let one = garbler.bytes(Array(text.utf8))
      let other = garbler.bytes(one)
      #expect(dump(one).shows(one, at: path), "\(number)")
      let isSame = String(decoding: one, as: UTF8.self) == String(decoding: other, as: UTF8.self)
      let isShown = dump(one).shows(other, at: path)
      #expect(isShown == isSame, "\(number)")
      if isShown { understood += 1 }
    }
    report("site files in nginx's words", understood)
  }

  @Test func `output of nginx that is spoiled itself never shows what it does not hold`()
    async throws
  {
    let text = try await sample { $0.testConfiguration(of: HostUnderTest.proxy) }
    let host = HostUnderTest()
    let bytes = Array(try #require(host.host.world.file(Self.application.site.file)).utf8)
    var garbler = Garbler(seed: 6)
    var understood = 0
    for number in 0..<Self.count {
      let spoiled = garbler.text(text)
      let dump = NginxDump(spoiled)
      guard dump.shows(bytes, at: "/etc/nginx/conf.d/service.conf") else { continue }
      understood += 1
      #expect(spoiled.contains(String(decoding: bytes, as: UTF8.self)), "\(number)")
    }
    report("configurations that nginx prints", understood)
  }

  @Test func `a refusal by nginx is explained whatever it says`() async throws {
    let words = """
      nginx: [emerg] 12#12: unexpected "}" in /etc/nginx/conf.d/service.conf:2
      nginx: configuration file /etc/nginx/nginx.conf test failed

      """
    let site = Array("upstream x {\n  server grafana-blue:3000\n}\n".utf8)
    var garbler = Garbler(seed: 7)
    var explained = 0
    for number in 0..<Self.count {
      let failure = NginxErrorClassifier.failure(
        garbler.text(words), site: garbler.bytes(site), source: "nginx/service_green.conf")
      #expect(!failure.message.isEmpty && failure.fix != nil, "\(number)")
      #expect(!failure.description.contains { $0.isNewline }, "\(number)")
      if failure.fix?.contains("semicolon") == true { explained += 1 }
    }
    report("refusals by nginx", explained)
  }

  @Test(arguments: [100, 511, 513, 5000, 100_000])
  func `JSON that is nested too deeply is refused`(depth: Int) {
    let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let object =
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    for nested in [value, object] {
      let container =
        "[{\"Id\": \"x\", \"State\": {\"Status\": \"running\"}, \"Other\": \(nested)}]"
      let project = "{\"name\": \"x\", \"services\": {\"a\": {\"x-other\": \(nested)}}}"
      let (containers, projects) = (
        try? Container.parse(container), try? ComposeProject.parse(project)
      )
      #expect((containers != nil) == (depth < 500))
      #expect((projects != nil) == (depth < 500))
    }
  }
}
