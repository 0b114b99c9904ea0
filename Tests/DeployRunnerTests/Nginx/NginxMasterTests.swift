import Testing

@testable import DeployRunner

@Suite("NginxMaster") struct NginxMasterTests {
  @Test(arguments: [
    ("nginx -g daemon off;", "nginx", ""),
    ("/usr/sbin/nginx -g daemon on; master_process on;", "/usr/sbin/nginx", ""),
    ("nginx -c /other/nginx.conf -g daemon off;", "nginx", "-c /other/nginx.conf"),
    ("nginx -g daemon off; pid /run/a.pid; -c /a.conf", "nginx", "-g pid /run/a.pid; -c /a.conf"),
    ("nginx -p /srv/edge/ -e stderr -q", "nginx", "-p /srv/edge/ -e stderr"),
    ("nginx -c/a.conf -gdaemon off;", "nginx", "-c /a.conf"),
    ("/usr/local/openresty/bin/openresty", "/usr/local/openresty/bin/openresty", ""),
    ("./sbin/nginx -t", "nginx", ""),
  ])
  func `a master's title tells its program and the options that every other command needs`(
    text: String, program: String, options: String
  ) {
    var nginx = NginxMaster(container: "edge")
    nginx.read(title: "nginx: master process \(text)")
    #expect(nginx.program == program)
    #expect(nginx.options.joined(separator: " ") == options)
  }

  @Test(
    arguments: [
      (
        "Uid:\t0\t33\t0\t0\nNSpid:\t12\n", "0::/system.slice/nginx.service\n", 33, "nginx.service",
        false
      ),
      (
        "Uid:\t0\t0\t0\t0\n", "5:memory:/x\n1:name=systemd:/system.slice/edge.service\n0::/\n", 0,
        "edge.service", false
      ),
      ("Uid:\t0\t0\t0\t0\n", "0::/user.slice/user-0.slice/session-1.scope\n", 0, nil, false),
      ("Uid:\t0\t0\t0\t0\nNSpid:\t12\t1\n", "0::/\n", 0, nil, true),
      (
        "Uid:\t0\t0\t0\t0\n",
        "0::/system.slice/docker-\(String(repeating: "a1", count: 32)).scope\n", 0, nil, true
      ),
    ] as [(String, String, Int, String?, Bool)])
  func `a process's files in /proc tell its user, its service and whether it is in a container`(
    status: String, groups: String, user: Int, unit: String?, isInside: Bool
  ) {
    let process = HostProcess(status: status, groups: groups)
    #expect(process.user == user && process.unit == unit && process.isInContainer == isInside)
  }
}
