import BgrunSystem
package import DeployDSL

/// What `bgrun prove` has shown, for `bgrun deploy --require-proof`: which scenarios of which plan were
/// played on a copy of which host, without a violation.
package struct ProofCertificate: Codable, Sendable {
  /// The scenarios with one number of faults.
  package struct Cells: Codable, Sendable {
    package var faults: Int
    package var played: Int
    package var all: Int

    package init(faults: Int, played: Int, all: Int) {
      (self.faults, self.played, self.all) = (faults, played, all)
    }
  }

  /// What it is about.
  package struct Subject: Codable, Hashable, Sendable {
    /// The plan's fingerprint.
    package var plan: String
    /// The host's fingerprint.
    package var host: String
    /// The version of bgrun.
    package var bgrun = BgrunVersion.text

    /// - Throws: ``DeployError`` if the graph cannot be encoded.
    package init(_ graph: StepGraph, host: String) throws(DeployError) {
      (plan, self.host) = (try PlanFingerprint.of(graph), host)
    }
  }

  package var application: String
  package var subject: Subject
  package var cells: [Cells]
  package var depth: Int
  package var seed: UInt64
  package var time: Timestamp

  package init(
    _ application: String, _ subject: Subject, _ cells: [Cells], depth: Int, seed: UInt64
  ) {
    (self.application, self.subject, self.cells) = (application, subject, cells)
    (self.depth, self.seed, time) = (depth, seed, .now)
  }

  /// Why it proves nothing about a subject; `nil` if it does.
  package func doubt(about subject: Subject) -> String? {
    if let first = cells.first, first.played < first.all {
      return "the search ended before each fault was played alone"
    }
    if self.subject.plan != subject.plan { return "the plan has changed since it was proved" }
    if self.subject.host != subject.host { return "the host has changed since the plan was proved" }
    return self.subject.bgrun == subject.bgrun
      ? nil : "bgrun \(self.subject.bgrun) proved the plan, this is \(subject.bgrun)"
  }

  fileprivate static let fileName = "proof.json"
}

extension StateFolder {
  /// Replaces the application's certificate; `nil` removes it.
  ///
  /// - Throws: ``DeployError`` if the folder cannot be written.
  package func write(_ certificate: ProofCertificate?) throws {
    guard let certificate else { return try folder.remove(ProofCertificate.fileName) }
    try folder.write(ProofCertificate.fileName, certificate.jsonBytes(isPretty: true))
  }

  /// The application's certificate; `nil` if there is none that this bgrun can read.
  package var certificate: ProofCertificate? {
    decoded(ProofCertificate.self, ProofCertificate.fileName)
  }
}
