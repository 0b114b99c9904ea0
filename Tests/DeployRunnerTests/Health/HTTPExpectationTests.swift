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
      .judge(HTTPAnswer(status: answered, body: "database ok"))
    #expect(verdict.isGood == isGood)
    #expect(verdict.text == text)
  }
}
