import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("The lock of a site file")
struct SiteLockTests {
  let scratch: TemporaryFolder
  let root: PrivateFolder
  var path: String { "\(scratch.path)/service.conf" }

  init() throws {
    scratch = try TemporaryFolder()
    root = try scratch.state().root
    try Data("old".utf8).write(to: URL(filePath: path))
  }

  private func refusal() -> LockError? {
    do {
      _ = try SiteLock.acquire(path, in: root)
      return nil
    } catch {
      return error as? LockError
    }
  }

  private func write(_ text: String, _ method: FileWrite.Method) throws {
    try HostFiles(folder: scratch.path).write(
      FileWrite(path: "service.conf", bytes: Array(text.utf8), method: method, source: "a test"))
  }

  @Test func `keeps others out whatever their state folder, until it is released`() throws {
    let held = try SiteLock.acquire(path, in: root)
    #expect(refusal() != nil)
    held?.release()
    #expect(refusal() == nil)
  }

  @Test func `is released when nobody holds it any more`() throws {
    do { _ = try SiteLock.acquire(path, in: root) }
    #expect(refusal() == nil)
  }

  @Test func `there is none of a file that is not there`() throws {
    #expect(try SiteLock.acquire("\(scratch.path)/no.conf", in: root) == nil)
  }

  #if os(Linux)
    @Test func `says who holds it: as the run describes itself, or as the kernel does`() throws {
      let held = try SiteLock.acquire(path, in: root)
      #expect(
        refusal()?.failure.message
          == "\(path) is being deployed by \(ThisHost.account) on \(ThisHost.name) (pid \(getpid()))"
      )
      let deploy = try scratch.state().lock.acquire(
        LockHolder(application: "grafana", run: "1", reason: "hotfix"))
      #expect(refusal()?.failure.message.hasPrefix("grafana is being deployed by ") == true)
      withExtendedLifetime((held, deploy)) {}
    }
  #endif

  @Test(arguments: [FileWrite.Method.rename, .inPlace])
  func `stays with the path while the run itself writes the file`(method: FileWrite.Method) throws {
    let held = try SiteLock.acquire(path, in: root)
    for text in ["new", "newer and longer", "old"] {
      try write(text, method)
      #expect(refusal() != nil, "after \(text)")
    }
    held?.release()
    #expect(refusal() == nil)
  }

  @Test func `follows a file that a person puts in its place`() throws {
    let held = try #require(try SiteLock.acquire(path, in: root))
    try Data("by hand".utf8).write(to: URL(filePath: path), options: .atomic)
    try held.check()
    #expect(refusal() != nil)
    held.release()
    #expect(refusal() == nil)
  }

  @Test func `the run finds out that another one has the new file`() throws {
    let held = try #require(try SiteLock.acquire(path, in: root))
    try Data("by hand".utf8).write(to: URL(filePath: path), options: .atomic)
    let other = try SiteLock.acquire(path, in: root)
    #expect(failure { try held.check() }?.code == .interference)
    withExtendedLifetime(other) {}
  }

  @Test func `a file that was removed disturbs nobody`() throws {
    let held = try #require(try SiteLock.acquire(path, in: root))
    try FileManager.default.removeItem(atPath: path)
    try held.check()
  }
}
