import DeployDSL

/// Formats a failure: location and cause on one line, like a compiler, then the fix and the
/// details.
struct FailureBlock {
  let failure: DeployError
  let name: String
  let location: SourceLocation?

  var messages: [Message] {
    var block = [
      Message(.error, "\(name): \(failure.message)", place: location, hang: 2, to: .problems)
    ]
    if let fix = failure.fix { block.append(Message(.fix, fix, indent: 2, to: .problems)) }
    return block + failure.shownDetails.map { Message(.output, $0, indent: 4, to: .problems) }
  }
}

extension DeployError {
  /// The details with long lines truncated: a container may log a line of a hundred megabytes.
  var shownDetails: [String] { details.map { $0.truncated(toWidth: 1000) } }
}
