import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Replaces secrets by dots, in the forms in which programs print them: plain, in lines, as
/// base64, in a URL, in JSON.
package struct Redactor: Sendable {
  private var patterns: [String] = []

  package init() {}

  package var isEmpty: Bool { patterns.isEmpty }

  package mutating func add(_ secret: String) {
    let lines = secret.split(whereSeparator: \.isNewline).map(String.init).filter { $0.count >= 4 }
    let json = (try? JSONEncoder().encode([secret])).map { String(decoding: $0, as: UTF8.self) }
    let forms =
      [secret] + lines + Self.base64(secret)
      + [secret.percentEncoded(keeping: "-._~"), secret.escapedForCurl]
      + [json.map { String($0.dropFirst(2).dropLast(2)) }].compactMap { $0 }
    // The longest first, so that no part of a longer one is left over.
    patterns = Set(patterns + forms.filter { !$0.isEmpty }).sorted {
      ($0.count, $0) > ($1.count, $1)
    }
  }

  package func redact(_ text: String) -> String {
    patterns.reduce(text) { text, pattern in
      text.contains(pattern) ? text.replacing(pattern, with: Secret.dots) : text
    }
  }

  /// A secret inside a longer base64 text begins at any of three places in its group.
  private static func base64(_ secret: String) -> [String] {
    let bytes = Array(secret.utf8)
    guard bytes.count >= 6 else { return [] }
    return (0..<3).map { shift in
      let encoded = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
      let begin = shift == 0 ? 0 : 4
      let whole = (shift + bytes.count) / 3 * 4
      return String(encoded.prefix(whole).dropFirst(begin))
    }
  }
}

extension StepFailure {
  func redacted(by redactor: Redactor) -> StepFailure {
    StepFailure(
      code, redactor.redact(message), fix: fix.map(redactor.redact),
      details: details.map(redactor.redact))
  }
}

extension NodeReport {
  func redacted(by redactor: Redactor) -> NodeReport {
    var copy = self
    copy.summary = redactor.redact(summary)
    copy.failure = failure?.redacted(by: redactor)
    return copy
  }
}

extension RunReport {
  func redacted(by redactor: Redactor) -> RunReport {
    var copy = self
    copy.failure = failure?.redacted(by: redactor)
    copy.nodes = nodes.map { $0.redacted(by: redactor) }
    copy.undone = undone.map {
      UndoReport(what: redactor.redact($0.what), failure: $0.failure?.redacted(by: redactor))
    }
    copy.warnings = warnings.map(redactor.redact)
    return copy
  }
}

extension Event.Kind {
  func redacted(by redactor: Redactor) -> Event.Kind {
    switch self {
    case .runStarted, .nodeStarted, .undoStarted: self
    case .retry(let attempt, let of, let because):
      .retry(attempt: attempt, of: of, because: redactor.redact(because))
    case .operation(let record):
      .operation(
        OperationRecord(
          text: redactor.redact(record.text), effect: record.effect, isSkipped: record.isSkipped))
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
