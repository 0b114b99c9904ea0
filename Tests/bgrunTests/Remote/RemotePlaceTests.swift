import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("The host of --on")
struct RemotePlaceTests {
  @Test(
    arguments: [
      ("web1", "web1", nil), ("ann@web1", "ann@web1", nil), ("web1:/srv/shop", "web1", "/srv/shop"),
      ("ann@web1:shop", "ann@web1", "shop"), ("ann@[2001:db8::1]:/srv", "ann@2001:db8::1", "/srv"),
      ("[::1]", "::1", nil), ("web1:/a:b c", "web1", "/a:b c"), ("web1:", "web1", nil),
      ("ssh://ann@web1:2222/srv/shop", "ssh://ann@web1:2222", "/srv/shop"),
      ("ssh://web1", "ssh://web1", nil),
    ] as [(String, String, String?)])
  func `is a destination of ssh and a folder there`(
    text: String, destination: String, project: String?
  ) throws {
    let place = try RemotePlace(text)
    #expect(place.destination == destination && place.project == project)
  }

  @Test(arguments: ["-oProxyCommand=x", ":/srv", "", "ann@", "ssh://", "web1\n-v"])
  func `is no option of ssh, and not empty`(text: String) {
    #expect(throws: ToolError.self) { try RemotePlace(text) }
  }

  @Test(
    arguments: [
      ("ann@web1:/old", "ann@web1:/srv"), ("web1", "web1:/srv"),
      ("ann@[2001:db8::1]", "ann@[2001:db8::1]:/srv"), ("ssh://web1:22/old", "ssh://web1:22/srv"),
    ])
  func `is named with another folder as --on takes it`(text: String, named: String) throws {
    #expect(try RemotePlace(text).text(in: "/srv") == named)
    #expect(try RemotePlace(named).project == "/srv")
  }

  @Test(
    arguments: [
      ("web1:/p/", "web1:/p"), ("web1:/p//", "web1:/p"), ("web1:/", "web1:/"), ("web1", "web1"),
      ("ssh://web1/p/", "ssh://web1/p"), ("ssh://web1/", "ssh://web1/"), ("web1:p/", "web1:p"),
    ])
  func `is one, with a slash behind the folder or without`(text: String, same: String) throws {
    #expect(RemotePlace.withoutLastSlash(text) == same)
    let options = try OptionParser.parse(["status", "p.swift", "--on", text, "--on", same])
    #expect(options.hosts == [same])
  }

  @Test(arguments: [["/bin/sh"], ["/bin/dash"], ["/bin/bash"], ["/bin/busybox", "sh"]])
  func `its shell gets every word as it is`(shell: [String]) async throws {
    guard access(shell[0], X_OK) == 0 else { return }
    let words = [
      "a b", "", "it's", "\"$HOME\"", "`id`", "$(id)", "a\nb", "tést ü 漢字", "-n", "\\", "'", "!x",
      "*", "~", "a;b|c&d>e", "\t", "''\\''",
    ]
    let line = SSHClient.quoted(["printf", "%s\\0"] + words)
    let ended = try await ChildProcess(
      path: shell[0], argv: shell + ["-c", line],
      environment: ChildProcess.inheritedEnvironment(), timeout: .seconds(60)
    ).run { _ in }
    let got = ended.output.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
    #expect(got.map(String.init) == words)
  }
}
