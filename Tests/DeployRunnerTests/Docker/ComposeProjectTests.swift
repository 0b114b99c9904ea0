import DeployDSL
import Testing

@testable import DeployRunner

// What `docker compose config --format json` (2.40.3) printed for services of all kinds.
private let captured = """
  {
    "name": "lab",
    "networks": {"default": {"name": "lab_default", "ipam": {}}},
    "services": {
      "blue": {
        "command": null, "entrypoint": null, "environment": {"A": "b"}, "image": "app:12.4",
        "networks": {"default": null},
        "ports": [
          {"mode": "ingress", "target": 53, "published": "5353", "protocol": "udp"},
          {"mode": "ingress", "host_ip": "127.0.0.1", "target": 3000, "published": "23901", "protocol": "tcp"},
          {"mode": "ingress", "target": 53, "published": "5354", "protocol": "tcp"}
        ]
      },
      "green": {
        "build": {"context": "/tmp/lab", "dockerfile": "Dockerfile"}, "command": null,
        "container_name": "my-green", "entrypoint": null, "expose": ["4000/udp", "3000"],
        "ports": [
          {"mode": "host", "host_ip": "127.0.0.1", "target": 3000, "published": "3000-3005", "protocol": "tcp"}
        ]
      },
      "none": {
        "command": null, "deploy": {"replicas": 2, "resources": {}, "placement": {}},
        "entrypoint": null, "healthcheck": {"disable": true}, "image": "app:12.4"
      },
      "exposed": {"image": "app", "expose": ["4000/udp", "3000-3001/tcp"]},
      "unpublished": {
        "command": null, "extra_hosts": ["a=1.2.3.4"],
        "ports": [{"mode": "ingress", "target": 3000, "protocol": "tcp"}],
        "volumes": [{"type": "bind", "source": "/tmp/x", "target": "/x", "read_only": true, "bind": {}}]
      }
    },
    "volumes": {"vol": {"name": "lab_vol"}}
  }
  """

@Suite("ComposeProject")
struct ComposeProjectTests {
  @Test func `names are the project's own or the service's own`() throws {
    let project = try ComposeProject.parse(captured)
    #expect(project.name == "lab")
    #expect(project.services.keys.sorted() == ["blue", "exposed", "green", "none", "unpublished"])
    #expect(project.containerName(of: "blue") == "lab-blue-1")
    #expect(project.containerName(of: "green") == "my-green")
    #expect(project.services["green"]?.build != nil)
    #expect(project.services["blue"]?.build == nil)
  }

  @Test(
    arguments: [
      ("blue", 3000), ("green", 3000), ("none", nil), ("exposed", 3000), ("unpublished", 3000),
      ("unknown", nil),
    ] as [(String, Int?)])
  func `the port is the first one that speaks TCP`(service: String, port: Int?) throws {
    #expect(try ComposeProject.parse(captured).services[service]?.firstPort == port)
  }

  @Test(
    arguments: [
      ("blue", 3000, "127.0.0.1:23901"), ("blue", 53, "127.0.0.1:5354"), ("blue", 80, nil),
      ("green", 3000, nil), ("none", 80, nil), ("unpublished", 3000, nil), ("unknown", 3000, nil),
    ] as [(String, Int, String?)])
  func `a published address is known where the file says it`(
    service: String, port: Int, address: String?
  ) throws {
    let found = try ComposeProject.parse(captured).publishedAddress(
      of: ServiceID(service), port: port)
    #expect(found.map { "\($0.host):\($0.port)" } == address)
  }

  @Test func `what is written in another way, or not understood, does not stop a deploy`() throws {
    let project = try ComposeProject.parse(
      """
      {"name": "x", "version": 3, "services": {
        "a": {"ports": ["80:80", null, {"target": "http"}, {"target": "3000", "published": 4000,
              "host_ip": null, "protocol": null}], "expose": [5000, {"x": 1}, "6000"],
              "build": "./a", "container_name": 5, "image": 5, "volumes": ["x:/x",
              {"type": "volume", "source": "v", "target": "/v"}, {"type": "bind", "source": "/s"},
              {"type": "bind", "source": "/s", "target": "/t"}]},
        "b": {"ports": {}, "expose": "80", "container_name": {}, "build": null, "profiles": "x"},
        "c": null}}
      """)
    #expect(project.services["a"]?.firstPort == 80)
    #expect(project.services["a"]?.expose == ["5000", "6000"])
    #expect(project.publishedAddress(of: "a", port: 3000)?.port == 4000)
    #expect(project.services["a"]?.build != nil)
    #expect(project.services["a"]?.image == nil)
    #expect(project.services["a"]?.mounts?.map(\.target) == ["/t"])
    #expect(project.services["b"]?.firstPort == nil && !project.hasProfiles)
    #expect(project.containerName(of: "b") == "x-b-1")
    #expect(project.services["c"] != nil)
    #expect(try ComposeProject.parse("{\"name\": \"x\"}").services.isEmpty)
  }

  @Test(arguments: [
    "", "null", "[]", "{}", "{\"services\": {}}", "services:\n", "{\"name\": \"x\"",
  ])
  func `what is no project is an error`(json: String) {
    #expect(throws: (any Error).self) { try ComposeProject.parse(json) }
  }

  @Test(
    arguments: [
      (nil, "127.0.0.1"), ("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"),
      ("127.0.0.1", "127.0.0.1"), ("10.0.0.7", "10.0.0.7"), ("::1", "::1"),
    ] as [(String?, String)])
  func `an address to listen on becomes one to connect to`(listening: String?, reachable: String) {
    #expect(ComposeProject.reachable(listening) == reachable)
  }

  @Test(
    arguments: [
      ("{}", nil), (#"{"scale": 3}"#, 3), (#"{"deploy": {"replicas": 2}}"#, 2),
      (#"{"deploy": {"resources": {}}}"#, nil), (#"{"scale": null, "deploy": null}"#, nil),
      (#"{"deploy": {"replicas": "many"}}"#, nil),
    ] as [(String, Int?)])
  func `the number of containers is read where the file says it`(service: String, count: Int?)
    throws
  {
    let json = "{\"name\": \"x\", \"services\": {\"web\": \(service)}}"
    #expect(try ComposeProject.parse(json).services["web"]?.replicas == count)
  }
}
