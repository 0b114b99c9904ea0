import CBgrun
import DeployDSL

/// Replaces secrets by dots, in all encodings in which programs print them: ``SecretSpellings``.
package struct Redactor: Sendable {
  /// As bytes: a combining accent after a secret, for example, must not hide it.
  private var patterns: [[UInt8]] = []

  package init() {}

  package var isEmpty: Bool { patterns.isEmpty }

  package mutating func add(_ secret: String) {
    let forms = SecretSpellings.all(of: secret).map { Array($0.utf8) }
    // Longest first, so that no part of a longer one remains.
    patterns = Set(patterns + forms.filter { !$0.isEmpty }).sorted {
      $0.count != $1.count ? $0.count > $1.count : $1.lexicographicallyPrecedes($0)
    }
  }

  package func redact(_ text: String) -> String {
    guard !patterns.isEmpty else { return text }
    var bytes = Array(text.utf8)
    var isChanged = false
    for pattern in patterns where bytes.contains(pattern) {
      bytes = bytes.replacing(pattern, with: Secret.dots.utf8)
      isChanged = true
    }
    return isChanged ? String(decoding: bytes, as: UTF8.self) : text
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    withUnsafeBytes { all in
      part.withUnsafeBytes {
        cbgrun_contains(all.baseAddress, all.count, $0.baseAddress, $0.count) != 0
      }
    }
  }
}

/// Output of a run that may contain secrets.
protocol Redactable {
  func redacted(by redactor: Redactor) -> Self
}

extension DeployError: Redactable {
  func redacted(by redactor: Redactor) -> DeployError {
    DeployError(
      code, redactor.redact(message), fix: fix.map(redactor.redact),
      details: details.map(redactor.redact))
  }
}

extension NodeReport: Redactable {
  func redacted(by redactor: Redactor) -> NodeReport {
    var copy = self
    // A condition's result is bgrun's own word, not a secret, even if a secret is "y".
    if answer == nil { copy.summary = redactor.redact(summary) }
    copy.failure = failure?.redacted(by: redactor)
    return copy
  }
}

extension RunReport: Redactable {
  func redacted(by redactor: Redactor) -> RunReport {
    var copy = self
    copy.failure = failure?.redacted(by: redactor)
    copy.nodes = nodes.map { $0.redacted(by: redactor) }
    copy.undone = undone.map {
      UndoReport(what: redactor.redact($0.what), failure: $0.failure?.redacted(by: redactor))
    }
    copy.warnings = warnings.map(redactor.redact)
    copy.versions = versions?.redacted(by: redactor.redact)
    copy.receipt = receipt?.redacted(by: redactor)
    return copy
  }
}

extension RunReport.Receipt: Redactable {
  func redacted(by redactor: Redactor) -> RunReport.Receipt {
    var copy = self
    copy.url = redactor.redact(url)
    for index in failures.indices {
      copy.failures[index].answer = redactor.redact(failures[index].answer)
    }
    return copy
  }
}

extension FileDifference: Redactable {
  func redacted(by redactor: Redactor) -> FileDifference {
    FileDifference(
      of: file,
      lines.map { line in
        var line = line
        line.text = redactor.redact(line.text)
        return line
      })
  }
}

extension Event.Kind: Redactable {
  func redacted(by redactor: Redactor) -> Event.Kind {
    switch self {
    case .runStarted, .nodeStarted, .undoStarted, .interruptionMeans, .estimate, .deadline: self
    case .versions(let change): .versions(change.redacted(by: redactor.redact))
    case .retry(let attempt, let of, let because):
      .retry(attempt: attempt, of: of, because: redactor.redact(because))
    case .operation(let record):
      .operation(
        OperationEntry(
          text: redactor.redact(record.text), effect: record.effect, isSkipped: record.isSkipped))
    case .difference(let difference): .difference(difference.redacted(by: redactor))
    case .output(let line): .output(OutputLine(redactor.redact(line.text), on: line.stream))
    case .probe(let attempt, let of, let answer, let isGood):
      .probe(attempt: attempt, of: of, answer: redactor.redact(answer), isGood: isGood)
    case .asked(let question): .asked(redactor.redact(question))
    case .note(let text): .note(redactor.redact(text))
    case .warning(let text): .warning(redactor.redact(text))
    case .nodeFinished(let report): .nodeFinished(report.redacted(by: redactor))
    case .undoFinished(let what, let failure):
      .undoFinished(redactor.redact(what), failure: failure?.redacted(by: redactor))
    case .runFinished(let report): .runFinished(report.redacted(by: redactor))
    }
  }
}
