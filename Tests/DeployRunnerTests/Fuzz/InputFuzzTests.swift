import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// Everything that bgrun reads from docker and nginx, spoiled at random: it is understood or
/// refused, and what is understood makes sense.
@Suite(.timeLimit(.minutes(30))) struct InputFuzzTests {
  private static let count = 3_000
  private static let application = HostUnderTest.application

  /// Reads so many spoiled inputs; some must be understood, and some not.
  private func fuzz(
    seed: UInt64, _ isUnderstood: (inout Garbler, Int) throws -> Bool
  ) rethrows {
    var garbler = Garbler(seed: seed)
    let understood = try (0..<Self.count).count { try isUnderstood(&garbler, $0) }
    #expect(understood > 0 && understood < Self.count)
  }

  @Test func `a Compose project is understood or refused`() throws {
    let sample = try dockerSample("compose-config.json")
    fuzz(seed: 1) { garbler, number in
      guard let project = try? ComposeProject.parse(garbler.text(sample)) else { return false }
      for (name, service) in project.services {
        let container = project.containerName(of: ServiceID(name))
        #expect(container.contains(name) || service.containerName == container, "\(number)")
        let address = project.publishedAddress(of: ServiceID(name), port: 3000)
        #expect(address.map { (1...65535).contains($0.port) } ?? true, "\(number)")
        #expect(address.map { !$0.host.isEmpty } ?? true, "\(number)")
        _ = service.firstPort
      }
      return true
    }
  }

  @Test func `containers are understood or refused`() throws {
    let sample = try dockerSample("inspect.json")
    fuzz(seed: 2) { garbler, number in
      guard let containers = try? Container.parse(garbler.text(sample)) else { return false }
      for container in containers {
        #expect(container.isSameLife(as: container), "\(number)")
        #expect(!container.fate.isEmpty, "\(number)")
        for address in container.publishedAddresses {
          #expect((1...65535).contains(address.port) && !address.host.isEmpty, "\(number)")
        }
      }
      return true
    }
  }

  @Test func `the processes of a proxy are understood or passed over`() throws {
    let sample = try dockerSample("top.txt")
    fuzz(seed: 3) { garbler, number in
      let text = garbler.text(sample)
      let workers = ProxyWorkers(ProcessTable(top: text))
      #expect(workers.workers.count <= text.split(whereSeparator: \.isNewline).count, "\(number)")
      #expect(workers.accepting.allSatisfy { !$0.isShuttingDown }, "\(number)")
      // The very same workers, or none, are no sign of a reload.
      let known = workers.workers.isEmpty ? [4908] : workers.pids
      #expect(workers.progress(since: known) == .notStarted, "\(number)")
      return !workers.workers.isEmpty
    }
  }

  @Test func `a site file shows a colour only if it names its service`() {
    let host = HostUnderTest()
    let files = Color.allCases.compactMap { host.host.world.file(Self.application.source($0)) }
    fuzz(seed: 4) { garbler, number in
      let original = files[number % files.count]
      let bytes =
        garbler.random.chance(2)
        ? garbler.bytes(Array(original.utf8)) : Array(garbler.words(original).utf8)
      let text = String(decoding: bytes, as: UTF8.self)
      let (site, hosts) = (SiteText(bytes), ColorHosts(of: Self.application, in: nil, for: nil))
      let named = site.colors(by: hosts)
      #expect(named.allSatisfy { text.contains(Self.application.service($0)) }, "\(number)")
      guard let color = site.color(by: hosts) else { return false }
      #expect(named == [color], "\(number)")
      return true
    }
  }

  @Test func `nginx's own words about any bytes are recognised, and others are not`() throws {
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
    fuzz(seed: 5) { garbler, number in
      let one = garbler.bytes(Array(text.utf8))
      let other = garbler.bytes(one)
      #expect(dump(one).shows(one, at: path), "\(number)")
      let isSame = String(decoding: one, as: UTF8.self) == String(decoding: other, as: UTF8.self)
      let isShown = dump(one).shows(other, at: path)
      #expect(isShown == isSame, "\(number)")
      return isShown
    }
  }

  @Test func `spoiled output of nginx never shows what it does not hold`() async throws {
    let host = HostUnderTest()
    let command = host.docker.testConfiguration(of: .init(container: HostUnderTest.proxy))
    let text = try await host.run(command).output
    let bytes = Array(try #require(host.host.world.file(Self.application.site.file)).utf8)
    fuzz(seed: 6) { garbler, number in
      let spoiled = garbler.text(text)
      guard NginxDump(spoiled).shows(bytes, at: "/etc/nginx/conf.d/service.conf") else {
        return false
      }
      #expect(spoiled.contains(String(decoding: bytes, as: UTF8.self)), "\(number)")
      return true
    }
  }

  @Test func `a refusal by nginx is explained whatever it says`() {
    let words = """
      nginx: [emerg] 12#12: unexpected "}" in /etc/nginx/conf.d/service.conf:2
      nginx: configuration file /etc/nginx/nginx.conf test failed

      """
    let site = Array("upstream x {\n  server grafana-blue:3000\n}\n".utf8)
    fuzz(seed: 7) { garbler, number in
      let failure = NginxErrorClassifier.failure(
        garbler.text(words), site: garbler.bytes(site), source: "nginx/service_green.conf")
      #expect(!failure.message.isEmpty && failure.fix != nil, "\(number)")
      #expect(!failure.description.contains { $0.isNewline }, "\(number)")
      return failure.fix?.contains("semicolon") == true
    }
  }

  @Test(arguments: [100, 511, 513, 5000, 100_000])
  func `JSON that is nested too deeply is refused`(depth: Int) {
    let array = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let object =
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    for nested in [array, object] {
      let container =
        "[{\"Id\": \"x\", \"State\": {\"Status\": \"running\"}, \"Other\": \(nested)}]"
      let project = "{\"name\": \"x\", \"services\": {\"a\": {\"x-other\": \(nested)}}}"
      #expect(((try? Container.parse(container)) != nil) == (depth < 500))
      #expect(((try? ComposeProject.parse(project)) != nil) == (depth < 500))
    }
  }
}
