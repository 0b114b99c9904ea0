import DeployDSL
import DeployRunner

// What was measured on a real engine, and what the simulation must do likewise. Both are held
// against this table: Tests/DeployRunnerTests/Docker/ConformanceTests.swift and
// Tests/DockerTests/ConformanceTests.swift; a Swarm, against its own: SwarmConformanceTests.swift.

private let green = "grafana-green"
private let nginxTest: ConformanceCase.Call = {
  $0.docker.testConfiguration(of: NginxMaster(container: $0.container("nginx-proxy")))
}
private let reload: ConformanceCase.Call = {
  $0.docker.reload(NginxMaster(container: $0.container("nginx-proxy")))
}
private let upGreen: ConformanceCase.Call = { $0.docker.up(ServiceID(green), environment: [:]) }
private let startGreen: ConformanceCase.Call = { $0.docker.start($0.container(green)) }
private let execGreen: ConformanceCase.Call = { $0.docker.exec($0.container(green), ["true"]) }

private func stopGreen(_ grace: Duration = .seconds(1)) -> ConformanceCase.Call {
  { $0.docker.stop($0.container(green), grace: grace) }
}

private func site(_ service: String, listen: String = "listen 80;") -> String {
  """
  upstream grafana { server \(service):3000; }
  server { \(listen) location / { proxy_pass http://grafana; } }

  """
}

package let conformanceTable: [ConformanceCase] =
  siteCases + proxyCases + mountCases + engineCases

/// What nginx says of its site file, on one machine and on a Swarm.
private let siteCases: [ConformanceCase] = [
  ConformanceCase(
    "names are found when the configuration is read: a stopped target is refused, the old serves",
    .run(upGreen, 0), .run(stopGreen(), 0), .countWorkers,
    .write(site(green)),
    .run(
      nginxTest, 1, prints: ["[emerg]", "host not found in upstream \"grafana-green:3000\" in"]),
    .run(reload, 1, prints: ["host not found in upstream \"grafana-green:3000\""]),
    .expect(.sameWorkers), .expect(.serves(.blue))),
  ConformanceCase(
    "a missing semicolon is refused with its line",
    .write("upstream grafana {\n  server grafana-blue:3000\n}\nserver { listen 80; }\n"),
    .run(nginxTest, 1, prints: ["unexpected \"}\" in", "service.conf:3", "test failed"]),
    .run(reload, 1), .expect(.serves(.blue))),
  ConformanceCase(
    "a site file that is a folder is refused",
    .change(.siteBecomesFolder),
    .run(nginxTest, 1, prints: ["[crit]", "pread()", "failed (21: Is a directory)"]),
    .run(reload, 1), .expect(.serves(.blue))),
  ConformanceCase(
    "an empty site file passes the test",
    .write(""), .run(nginxTest, 0, prints: ["test is successful"])),
]

private let proxyCases: [ConformanceCase] = [
  ConformanceCase(
    "a reload ends with 0 although a port is taken, and the old configuration stays",
    .countWorkers, .change(.takePort),
    .write(site("grafana-blue", listen: "listen 80; listen 9999;")),
    .run(nginxTest, 0), .run(reload, 0), .wait(.seconds(1)), .expect(.sameWorkers),
    .expect(.serves(.blue))),
  ConformanceCase(
    "old workers finish a download beside new ones, and are gone then",
    .run(upGreen, 0), .countWorkers, .change(.download), .wait(.milliseconds(500)),
    .write(site(green)), .run(nginxTest, 0), .run(reload, 0), .eventually(.draining),
    .eventually(.serves(.green)), .eventually(.drained)),
  ConformanceCase(
    "a proxy that is started while a name cannot be found ends with 1",
    .write(site(green)), .change(.restart(service: "nginx-proxy")),
    .eventually(.exitCode(service: "nginx-proxy", 1)),
    .eventually(.restarts(service: "nginx-proxy", atLeast: 1))),
  ConformanceCase(
    "a paused target is found, so that the test passes",
    .run(upGreen, 0), .change(.pause(service: green)), .write(site(green)), .run(nginxTest, 0)),
]

/// What was measured on a Swarm, whose services are called as the example's.
package let swarmConformanceTable: [ConformanceCase] =
  siteCases + [
    ConformanceCase(
      "a second start changes nothing, and a stop of what is stopped succeeds",
      .run(upGreen, 0), .expect(.state(service: green, "running")), .run(upGreen, 0),
      .expect(.state(service: green, "running")),
      .run(stopGreen(), 0), .expect(.state(service: green, "exited")), .run(stopGreen(), 0),
      .run(startGreen, 0), .expect(.state(service: green, "running"))),
    ConformanceCase(
      "a task that ends before it is healthy did not get to run",
      .change(.behave(.green, .exits(isRestarted: true))),
      .run(upGreen, 1, prints: ["\(green).1", "did not get to run"]), .expect(.serves(.blue))),
    ConformanceCase(
      "a missing image is named", .change(.missingImage(.green)),
      .run(upGreen, 1, prints: ["No such image: bgruntest-nosuch:1"]), .expect(.serves(.blue))),
    ConformanceCase(
      "a service that does not exist is named",
      .run({ $0.docker.up("nosuch", environment: [:]) }, 1, prints: ["nosuch"])),
  ]

private let mountCases: [ConformanceCase] = [
  ConformanceCase(
    "a rename is seen in a mounted folder",
    .write("# marked\n" + site("grafana-blue"), .rename), .run(nginxTest, 0, prints: ["# marked"])),
  ConformanceCase(
    "a rename is not seen through a mounted file, nor is what is written afterwards", mount: .file,
    .write("# marked\n" + site("grafana-blue"), .rename), .run(nginxTest, 0, lacks: "# marked"),
    .write("# marked\n" + site("grafana-blue"), .inPlace), .run(nginxTest, 0, lacks: "# marked")),
  ConformanceCase(
    "what is written in place is seen through a mounted file", mount: .file,
    .write("# marked\n" + site("grafana-blue"), .inPlace), .run(nginxTest, 0, prints: ["# marked"])),
]

private let engineCases: [ConformanceCase] = [
  ConformanceCase(
    "the project, its containers and its networks are found",
    .expect(.services(["grafana-blue", "grafana-green", "nginx-proxy"])),
    .expect(.containers(2, service: green, 0)), .run(upGreen, 0),
    .expect(.containers(3, service: green, 1)), .expect(.networkInUse),
    .expect(.replaced(service: green, false)), .expect(.showsProcesses(service: green, true))),
  ConformanceCase(
    "a crash-looper is started again and again",
    .change(.behave(.green, .exits(isRestarted: true))), .run(upGreen, 0, prints: ["Started"]),
    .eventually(.restarts(service: green, atLeast: 3)), .eventually(.exitCode(service: green, 3))),
  ConformanceCase(
    "a missing image is named", .change(.missingImage(.green)),
    .run(upGreen, 1, prints: ["No such image: bgruntest-nosuch:1"]),
    .expect(.state(service: green, "missing"))),
  ConformanceCase(
    "a container that ends says so, with its status",
    .change(.behave(.green, .exits(isRestarted: false))), .run(upGreen, 0, prints: ["Started"]),
    .eventually(.state(service: green, "exited")), .expect(.exitCode(service: green, 3)),
    .expect(.restarts(service: green, atLeast: 0))),
  ConformanceCase(
    "the engine completes a stop whose client was killed",
    .change(.behave(.green, .ignoresTermination)), .run(upGreen, 0),
    .cutOff(stopGreen(.seconds(8)), once: .isStopping(service: green)),
    .eventually(.state(service: green, "exited")), .expect(.exitCode(service: green, 137))),
  ConformanceCase(
    "a container that is being stopped runs, but its events tell; another stop waits for its end",
    .change(.behave(.green, .ignoresTermination)), .run(upGreen, 0),
    .cutOff(stopGreen(.seconds(8)), once: .isStopping(service: green)),
    .expect(.state(service: green, "running")),
    .run(stopGreen(.seconds(60)), 0, prints: [green]),
    .expect(.state(service: green, "exited")), .expect(.exitCode(service: green, 137))),
  ConformanceCase(
    "a paused container is not started",
    .run(upGreen, 0), .change(.pause(service: green)),
    .run(startGreen, 1, prints: ["cannot start a paused container"])),
  ConformanceCase(
    "a second up changes nothing, and a stop of what is stopped succeeds",
    .run(upGreen, 0), .run(upGreen, 0, prints: ["Running"]),
    .run(stopGreen(), 0, prints: [green]),
    .run(stopGreen(), 0, prints: [green]),
    .expect(.state(service: green, "exited")),
    .run(startGreen, 0, prints: [green]),
    .expect(.state(service: green, "running"))),
  ConformanceCase(
    "nothing can be run or seen in a stopped container",
    .run(upGreen, 0), .run(stopGreen(), 0),
    .run(execGreen, 1, prints: ["Container", "is not running"]),
    .expect(.showsProcesses(service: green, false))),
  ConformanceCase(
    "a paused container runs, but nothing can be run in it",
    .run(upGreen, 0), .change(.pause(service: green)), .expect(.state(service: green, "paused")),
    .run(
      execGreen, 1,
      prints: ["is paused, unpause the container before exec"]),
    .expect(.showsProcesses(service: green, true))),
  ConformanceCase(
    "what does not exist is named",
    .expect(.state(service: "nosuch", "missing")),
    .run(
      { $0.docker.stop("nosuch", grace: .seconds(1)) }, 1, prints: ["No such container: nosuch"]),
    .run({ $0.docker.exec("nosuch", ["true"]) }, 1, prints: ["No such container: nosuch"]),
    .expect(.showsProcesses(service: "nosuch", false)),
    .run({ $0.docker.remove("nosuch") }, 1, prints: ["No such container: nosuch"]),
    .run(
      { $0.docker.up("nosuch", environment: [:]) }, 1,
      prints: ["no such service: nosuch"])),
  ConformanceCase(
    "a program that the image lacks ends with 126",
    .run(
      {
        $0.docker.get(
          "http://localhost/", inside: $0.container("nginx-proxy"), by: "wget", within: .seconds(5))
      }, 126,
      prints: ["OCI runtime exec failed", "\"wget\": executable file not found in $PATH"])),
  ConformanceCase(
    "a running container is not removed",
    .run(
      { $0.docker.remove($0.container("grafana-blue")) }, 1,
      prints: ["You cannot remove a running container"]),
    .expect(.serves(.blue))),
]
