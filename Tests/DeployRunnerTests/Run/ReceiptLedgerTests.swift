import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ReceiptLedger") struct ReceiptLedgerTests {
  private static let plan = Deploy.standard("grafana")

  /// A ledger of a run whose steps take a second each, from 0 s on; the first change is at 1.1 s.
  private func ledger() throws -> ReceiptLedger {
    var ledger = ReceiptLedger()
    for (second, node) in try Self.plan.graph().nodes.enumerated() {
      ledger.note(.nodeStarted, of: node, at: .seconds(second))
      if second == 1 {
        let entry = OperationEntry(text: "docker compose up", effect: .change, isSkipped: false)
        ledger.note(.operation(entry), of: node, at: .milliseconds(1100))
      }
      let report = NodeReport(
        node: node.id, name: node.name, status: .succeeded, summary: "", attempts: 1,
        duration: .seconds(1))
      ledger.note(.nodeFinished(report), of: node, at: .seconds(second + 1))
    }
    return ledger
  }

  private func answer(_ milliseconds: Int, _ status: Int = 200) -> ProbeAnswer {
    ProbeAnswer(time: .milliseconds(milliseconds), .http(status))
  }

  @Test func `without a request there is no receipt`() throws {
    #expect(try ledger().receipt(of: "") == nil)
  }

  @Test func `answers are counted, and their times told before, during and after the reload`()
    throws
  {
    var ledger = try ledger()
    for tenth in 5..<60 {
      // Reload lasts from 4 s to 5 s.
      ledger.add(
        answer(tenth < 40 ? 2 : tenth < 50 ? 40 : 3), at: .milliseconds(tenth * 100))
    }
    let receipt = try #require(ledger.receipt(of: "http://grafana/api/health"))
    #expect(receipt.requests == 55)
    #expect(receipt.failed == 0 && receipt.failures == [] && receipt.longestGap == 0)
    #expect(receipt.slowest == 0.04)
    #expect(receipt.before?.count == 35 && receipt.before?.p99 == 0.002)
    #expect(receipt.during?.count == 10 && receipt.during?.median == 0.04)
    #expect(receipt.after?.count == 10 && receipt.after?.slowest == 0.003)
    #expect(receipt.sentence == "0 of 55 requests failed, slowest 40 ms")
  }

  @Test
  func `a failure has its step, its time and its answer, and the gap ends with a good answer`()
    throws
  {
    var ledger = try ledger()
    ledger.add(answer(1), at: .milliseconds(900))
    for time in [4213, 4263, 5020] { ledger.add(answer(10, 502), at: .milliseconds(time)) }
    ledger.add(answer(1), at: .milliseconds(5070))
    ledger.add(
      ProbeAnswer(time: .seconds(5), .none("no answer in time")), at: .milliseconds(5200))
    let receipt = try #require(ledger.receipt(of: ""))
    #expect(receipt.failed == 4)
    #expect(receipt.failures.map(\.step) == ["Reload", "Reload", "Stop previous", "Stop previous"])
    #expect(receipt.failures.map(\.time) == [4.213, 4.263, 5.02, 5.2])
    #expect(receipt.longestGap == 5)
    #expect(
      receipt.failureLines == [
        "2 requests failed in Reload (HTTP 502), at 4.213 s, 4.263 s",
        "1 request failed in Stop previous (HTTP 502), at 5.020 s",
        "1 request failed in Stop previous (no answer in time), at 5.200 s",
      ])
    #expect(receipt.sentence == "4 of 6 requests failed, 5.0 s without a good answer")
  }

  @Test func `a request that is cut off falls into the step that cuts it`() throws {
    var ledger = try ledger()
    ledger.add(answer(1), at: .milliseconds(900))
    ledger.add(
      ProbeAnswer(time: .milliseconds(1500), .none("the answer was cut off")),
      at: .milliseconds(3000))
    let receipt = try #require(ledger.receipt(of: ""))
    #expect(receipt.failures.map(\.step) == ["Reload"] && receipt.failures[0].time == 4.5)
  }

  @Test func `a run that ends without another good answer has been without one until then`() throws
  {
    var ledger = try ledger()
    ledger.add(answer(1), at: .milliseconds(900))
    ledger.add(answer(1, 502), at: .milliseconds(5000))
    #expect(ledger.receipt(of: "", endingAt: .seconds(6))?.longestGap == 1)
    ledger.add(answer(1), at: .milliseconds(5049))
    #expect(ledger.receipt(of: "", endingAt: .seconds(6))?.longestGap == 0.05)
  }

  @Test func `what failed before the first change is told apart`() throws {
    var ledger = try ledger()
    ledger.add(answer(5, 502), at: .milliseconds(1050))
    ledger.add(answer(5, 503), at: .milliseconds(2000))
    // The deploy repairs it; what fails then is the deploy's.
    ledger.add(answer(5), at: .milliseconds(4500))
    ledger.add(answer(5, 502), at: .milliseconds(5000))
    let receipt = try #require(ledger.receipt(of: ""))
    #expect(receipt.failedAsBefore == 2)
    #expect(receipt.failures.map(\.time) == [5])
  }

  @Test func `a page that needs a login answers as before; an outage is another failure`() throws {
    var ledger = try ledger()
    for tenth in 10..<50 {
      ledger.add(answer(5, tenth == 45 ? 502 : 401), at: .milliseconds(tenth * 100))
    }
    let receipt = try #require(ledger.receipt(of: ""))
    #expect(receipt.failedAsBefore == 39)
    #expect(receipt.failures.map(\.answer) == ["HTTP 502"])
  }

  @Test func `a single failure before does not excuse the same one later`() throws {
    var ledger = try ledger()
    ledger.add(answer(5), at: .milliseconds(1000))
    ledger.add(answer(5, 502), at: .milliseconds(1050))
    ledger.add(answer(5, 502), at: .milliseconds(4050))
    let receipt = try #require(ledger.receipt(of: ""))
    #expect(receipt.failedAsBefore == 1 && receipt.failed == 1)
  }

  @Test func `a strip has every answer, whatever the length of the run`() throws {
    var ledger = try ledger()
    for index in 0..<36_000 {
      ledger.add(answer(2, index == 9 ? 502 : 200), at: .milliseconds(1000 + index * 50))
    }
    let strip = try #require(ledger.receipt(of: "")?.strip)
    #expect(strip.good.count <= 300 && strip.good.count == strip.bad.count)
    #expect(strip.good.reduce(0, +) == 35_999 && strip.bad.reduce(0, +) == 1)
  }

  // MARK: The proxy's own log

  /// A ledger with a probe every tenth of a second, each in the log, and some requests of others.
  private func logged(_ others: [(Int, NginxLog.Line)], own: Int = 55) throws -> ReceiptLedger {
    var ledger = try ledger()
    for tenth in 5..<60 { ledger.add(answer(2), at: .milliseconds(tenth * 100)) }
    for tenth in 5..<(5 + own) {
      ledger.add(.request(status: 200, isOwn: true), at: .milliseconds(tenth * 100 + 2))
    }
    for (time, line) in others { ledger.add(line, at: .milliseconds(time)) }
    return ledger
  }

  @Test func `the requests of others are counted from the first change on`() throws {
    let requests = [(-500, 200), (900, 502), (2000, 200), (4500, 502), (4600, 0), (5100, 499)]
    let ledger = try logged(
      requests.map { ($0, .request(status: $1, isOwn: false)) } + [(5200, .cutOff)])
    let clients = try #require(ledger.clients(until: .seconds(6)))
    #expect(clients.requests == 4 && clients.failed == 3 && clients.givenUp == 1)
    #expect(clients.requestsBefore == 2 && clients.failedBefore == 1)
    #expect(clients.failures.map(\.step) == ["Reload", "Reload", "Stop previous", "Stop previous"])
    #expect(
      clients.sentence == "4 requests logged by nginx, 3 of them failed, 1 given up "
        + "(before: 1 failed of 2)")
    var receipt = try #require(ledger.receipt(of: ""))
    receipt.clients = clients
    #expect(
      receipt.failureLines == [
        "1 client's request failed in Reload (HTTP 502), at 4.500 s",
        "1 client's request failed in Reload (cut off by nginx), at 4.600 s",
        "1 client's request failed in Stop previous (given up by the client), at 5.100 s",
        "1 client's request failed in Stop previous (the answer was cut off), at 5.200 s",
      ])
  }

  @Test func `as many failures as before are counted, but not told one by one`() throws {
    let lines = (-10..<60).map { tenth in
      (tenth * 100 + 50, NginxLog.Line.request(status: 502, isOwn: false))
    }
    var receipt = try #require(try logged(lines).receipt(of: ""))
    receipt.clients = try logged(lines).clients(until: .seconds(6))
    #expect(receipt.clients?.failed == 49 && receipt.failureLines == [])
  }

  @Test func `a log without this run's own requests counts only what it shows to have failed`()
    throws
  {
    let lines: [(Int, NginxLog.Line)] = [(4500, .request(status: 502, isOwn: false))]
    #expect(try logged(lines, own: 20).clients(until: .seconds(6)) == nil)
    let cut = try logged(lines + [(5500, .cutOff)], own: 0).clients(until: .seconds(6))
    #expect(cut?.requests == nil && cut?.failed == 1)
    #expect(cut?.sentence == "1 request failed")
  }
}
