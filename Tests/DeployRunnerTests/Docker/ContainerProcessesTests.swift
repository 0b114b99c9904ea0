import DeployDSL
import Testing

@testable import DeployRunner

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// That a real container's processes are told as `docker top` tells them is tested on the engine.
@Suite("ContainerProcesses") struct ContainerProcessesTests {
  private static let id = String(repeating: "ab", count: 32)

  private static func json(id: String = id, pid: Int32, runtime: String = "runc") -> String {
    #"{"Id": "\#(id)", "State": {"Pid": \#(pid)}, "HostConfig": {"Runtime": "\#(runtime)"}}"#
  }

  @Test(arguments: [
    json(pid: 0), json(pid: 7, runtime: "kata"), json(pid: 7, runtime: "runsc"),
    json(id: "abab", pid: 7), #"{"Id": "\#(id)", "State": {}}"#, "{}", "", "[",
  ])
  func `what does not run as plain processes of this machine is left to the engine`(json: String) {
    #expect(ContainerProcesses(inspected: json) == nil)
  }

  @Test func `a process of that number here that is another container's, or none's, tells nothing`()
    throws
  {
    let mine = try #require(ContainerProcesses(inspected: Self.json(pid: getpid())))
    #expect(mine.pid == getpid() && mine.id == Self.id)
    #expect(mine.table() == nil)
    #expect(ContainerProcesses(inspected: Self.json(pid: .max))?.table() == nil)
  }
}
