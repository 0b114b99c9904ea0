import Testing

@testable import bgrun

@Suite("What SwiftPM says")
struct SwiftPMOutputTests {
  @Test func `each problem once, without progress and without what our own package makes it say`() {
    let problem = """
      /acme/A.swift:8:19: error: no
      7 | // error: yes
        |   `- error: no
      """
    let text = """
      Fetching https://example.org/acme
      warning: 'acme': Conflicting identity for bgrun: dependency 'a' and dependency 'b'
      Building for debugging...
      [1/3] Write sources
      error: emit-module command failed with exit code 1 (use -v to see invocation)
      \(problem)

      [2/3] Compiling A
      \(problem)
      /acme/A.swift:9:1: warning: maybe
      """
    #expect(SwiftPMOutput(text: text).problems == problem + "\n/acme/A.swift:9:1: warning: maybe")
    let refused = "error: 'acme': Conflicting identity for main: dependency 'a' and dependency 'b'"
    #expect(SwiftPMOutput(text: refused).problems == refused)
  }
}
