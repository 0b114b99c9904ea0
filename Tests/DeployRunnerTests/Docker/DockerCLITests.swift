import DeployDSL
import Testing

@testable import DeployRunner

@Suite("DockerCLI")
struct DockerCLITests {
  private static let plain = DockerCLI(application: Deploy("app") { DetectActive() }.application)
  private static let full = DockerCLI(
    application: Deploy(
      "app", compose: "stack/compose.yaml", project: "shop", environment: ["TAG": "7"]
    ) { DetectActive() }.application,
    interpolation: ["EXTRA": .text("x y")])

  @Test(arguments: [
    (plain.config(), "COMPOSE_PROFILES='*' docker compose config --format json"),
    (plain.pull("green", environment: [:]), "docker compose pull green"),
    (plain.build("green", arguments: [], environment: [:]), "docker compose build green"),
    (
      plain.build("green", arguments: ["B", "A"], environment: [:]),
      "docker compose build --build-arg A --build-arg B green"
    ),
    (plain.up("green", environment: [:]), "docker compose up --detach --no-deps green"),
    (
      plain.containers(),
      "docker ps --all --no-trunc --format '{{.ID}}\\t{{.Label \"com.docker.compose.project\"}}'"
    ),
    (
      plain.containers(ofProject: "shop", service: "green"),
      "docker ps --all --no-trunc --filter label=com.docker.compose.project=shop --filter label=com.docker.compose.service=green --format '{{.ID}}'"
    ),
    (plain.inspect(["a", "b"]), "docker inspect --type container a b"),
    (DockerCLI.top("p"), "docker top p -o pid,etimes,args"),
    (plain.logs("p", lines: 50), "docker logs --tail 50 p"),
    (plain.exec("p", ["echo", "a b", ""]), "docker exec p echo 'a b' ''"),
    (plain.start("p"), "docker start p"), (plain.remove("p"), "docker rm p"),
    (plain.stop("p", grace: .seconds(10)), "docker stop -t 10 p"),
    (plain.stop("p", grace: .milliseconds(1500)), "docker stop -t 2 p"),
    (plain.stop("p", grace: .zero), "docker stop -t 0 p"),
    (plain.testConfiguration(of: .init(container: "p")), "docker exec p nginx -T"),
    (plain.reload(.init(container: "p")), "docker exec p nginx -s reload"),
    (plain.testConfiguration(of: own()), "/usr/sbin/nginx -c '/srv/my site.conf' -T"),
    (plain.reload(own()), "/usr/sbin/nginx -c '/srv/my site.conf' -s reload"),
    (plain.reload(own(unit: "nginx.service")), "systemctl reload nginx.service"),
    (
      plain.reload(own(unit: "nginx.service", sudoer: 1000)),
      "sudo -n systemctl reload nginx.service"
    ),
    (plain.hostProcesses(), "ps -ww -e -o pid,etimes,args"),
    (plain.hostProcesses(7), "ps -ww -p 7 --ppid 7 -o pid,etimes,args"),
    (plain.mayWrite("/etc/nginx/a.conf"), "test -w /etc/nginx/a.conf"),
    (plain.pruneImages(), "docker image prune --force"),
    (
      plain.networks(),
      "docker network ls --filter type=custom --format '{{.Name}}\\t{{.Label \"com.docker.compose.project\"}}'"
    ),
    (plain.networksInUse(), "docker ps --all --format '{{.Networks}}'"),
    (plain.removeNetworks(["a", "b"]), "docker network rm a b"),
    (
      full.config(),
      "COMPOSE_PROFILES='*' EXTRA='x y' TAG=7 docker compose --file stack/compose.yaml --project-name shop config --format json"
    ),
    (
      full.up("green", environment: ["TAG": .text("8")]),
      "TAG=8 docker compose --file stack/compose.yaml --project-name shop up --detach --no-deps green"
    ),
    (full.reload(.init(container: "p")), "docker exec p nginx -s reload"),
  ])
  func `each command has exactly these words`(call: HostCall, text: String) {
    #expect(call.command.description == text)
  }

  /// An nginx on the machine itself.
  private static func own(unit: String? = nil, sudoer: Int? = nil) -> NginxMaster {
    var nginx = NginxMaster(pid: 7)
    nginx.program = "/usr/sbin/nginx"
    nginx.options = ["-c", "/srv/my site.conf"]
    (nginx.unit, nginx.sudoer) = (unit, sudoer)
    return nginx
  }

  @Test func `sudo's refusal comes with the line that allows exactly these commands`() {
    var nginx = NginxMaster(pid: 7)
    nginx.read(title: "nginx: master process nginx -c /srv/a:b.conf")
    (nginx.unit, nginx.sudoer) = ("nginx.service", 1000)
    let refused = CommandResult(status: 1, errors: "sudo: a password is required\n")
    let failure = DockerErrorClassifier.failure(
      Self.plain.testConfiguration(of: nginx), refused, doing: "read the proxy's configuration")
    #expect(failure.code == .environment)
    #expect(
      failure.fix == """
        allow it: `echo '#1000 ALL=(root) NOPASSWD: /usr/sbin/nginx -c /srv/a\\:b.conf -T, \
        /usr/bin/systemctl reload nginx.service' | sudo tee /etc/sudoers.d/bgrun`
        """)
  }
}
