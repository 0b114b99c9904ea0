import DeployRunner
import Testing

@testable import bgrun

@Suite("Paths")
struct PathsTests {
  @Test func `a path from the root stays what it is, without empty parts`() {
    #expect(Paths.absolute("/a//b/./c") == "/a/b/c")
    #expect(Paths.absolute("/a/../b") == "/a/../b")
    #expect(Paths.absolute("x/y") == Paths.current + "/x/y")
    #expect(Paths.absolute("./x") == Paths.current + "/x")
  }

  @Test func `a path without detours`() {
    #expect(Paths.tidy("/a/b/../c/./d//e/") == "/a/c/d/e")
    #expect(Paths.tidy("/../a") == "/a")
  }

  @Test func `the folder of a path`() {
    #expect(Paths.parent(of: "/a/b") == "/a")
    #expect(Paths.parent(of: "/a") == "/")
    #expect(Paths.parent(of: "/") == nil)
    #expect(Paths.parent(of: "a") == ".")
  }
}
