import DeployDSL
import Testing

@testable import DeployRunner

@Suite("HTTPExpectation")
struct HTTPExpectationTests {
  @Test(
    arguments: [
      (200...399, nil, 200, true, "HTTP 200"), (200...399, nil, 399, true, "HTTP 399"),
      (200...399, nil, 400, false, "HTTP 400"), (200...200, nil, 204, false, "HTTP 204"),
      (200...200, "ok", 200, true, "HTTP 200"),
      (200...200, "bad", 200, false, "HTTP 200 without \"bad\" in the body"),
      (200...200, "ok", 500, false, "HTTP 500"), (500...500, nil, 500, true, "HTTP 500"),
    ] as [(ClosedRange<Int>, String?, Int, Bool, String)])
  func `an answer is judged by its status, then by its body`(
    status: ClosedRange<Int>, body: String?, answered: Int, isGood: Bool, text: String
  ) {
    let verdict = HTTPExpectation(status: status, body: body)
      .judge(HTTPAnswer(status: answered, body: "database ok"), to: "http://a/health")
    #expect(verdict.isGood == isGood)
    #expect(verdict.text == text)
  }

  @Test(
    arguments: [
      ("/health?a=b", false), ("http://127.0.0.1:80/health?a=b#top", false), ("health?a=b", false),
      ("HTTP://127.0.0.1/health?a=b", false),
      ("/health", true), ("/login", true), ("login", true), ("//other/health?a=b", true),
      ("https://127.0.0.1/health?a=b", true), ("http://shop.example/health?a=b", true),
    ])
  func `a redirect back to what was asked is no good answer`(location: String, isGood: Bool) {
    let answer = HTTPAnswer(status: 302, body: "", location: location)
    let url = "http://127.0.0.1/health?a=b"
    let verdict = HTTPExpectation(status: 200...399).judge(answer, to: url)
    #expect(verdict.isGood == isGood)
    #expect(
      isGood
        || verdict.text == "HTTP 302 back to \(location): clients are redirected in a loop")
    // Whoever wants one has it.
    #expect(HTTPExpectation(status: 302...302).judge(answer, to: url).isGood)
  }

  @Test(arguments: ["127.0.0.1:3004/", "a.b", ""])
  func `a server alone has the root as its path`(rest: String) {
    let answer = HTTPAnswer(status: 301, body: "", location: "/")
    #expect(!HTTPExpectation(status: 200...399).judge(answer, to: "http://\(rest)").isGood)
  }

  @Test func `curl says where a redirect leads to`() {
    let answer = CurlCommand.answer(in: "gone\n302 http://a/b c")
    #expect(answer == HTTPAnswer(status: 302, body: "gone", location: "http://a/b c"))
    #expect(CurlCommand.answer(in: "ok\n200 ") == HTTPAnswer(status: 200, body: "ok"))
    #expect(CurlCommand.answer(in: "ok\n200") == HTTPAnswer(status: 200, body: "ok"))
  }
}
