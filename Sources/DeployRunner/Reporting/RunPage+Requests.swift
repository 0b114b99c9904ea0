/// What users saw: latencies, failures, and what was told apart.
extension RunPage {
  var requests: String {
    guard let receipt = story.receipt else { return "" }
    return """
      <section>
      <h2>Requests</h2>
      <p>bgrun requested <code>\(receipt.url.inXML)</code> through the proxy while the run lasted:
      \(receipt.sentence.inXML).\(apart(receipt))</p>
      \(latencies(receipt))
      \(failures(receipt))
      </section>
      """
  }

  private func apart(_ receipt: RunReport.Receipt) -> String {
    guard receipt.retried > 0 else { return "" }
    let times = receipt.retried == 1 ? "Once" : "\(receipt.retried) times"
    return " \(times), nginx had closed an idle connection, and the request was sent again, as "
      + "browsers do."
  }

  private func latencies(_ receipt: RunReport.Receipt) -> String {
    let phases = [
      ("before the switch", receipt.before), ("during it", receipt.during),
      ("after it", receipt.after),
    ]
    let rows = phases.compactMap { name, latency in
      latency.map { latency in
        let times = [latency.median, latency.p90, latency.p99, latency.slowest]
        let cells = times.map { "<td>\(RunReport.Receipt.time($0))</td>" }.joined()
        return "<tr><th scope=\"row\">\(name)</th><td>\(latency.count)</td>\(cells)</tr>"
      }
    }
    guard !rows.isEmpty else { return "" }
    return """
      <div class="wide"><table>
      <tr><th></th><th>good answers</th><th>median</th><th>90 %</th><th>99 %</th><th>slowest</th></tr>
      \(rows.joined(separator: "\n"))
      </table></div>
      """
  }

  private func failures(_ receipt: RunReport.Receipt) -> String {
    guard !receipt.failureLines.isEmpty else { return "" }
    let lines = receipt.failureLines.map { "<li>\($0.inXML)</li>" }
    return "<ul class=\"failures\">\n\(lines.joined(separator: "\n"))\n</ul>"
  }
}
