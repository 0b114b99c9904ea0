/// The purpose of a run.
package enum RunPurpose: String, Codable, Sendable {
  /// The plan is run.
  case deploy
  /// An earlier version is deployed again.
  case rollback
  /// An interrupted run is resumed.
  case resume
  /// An interrupted run is rolled back.
  case undo
}

extension RunOptions {
  /// The purpose of a run with these options.
  package var purpose: RunPurpose {
    if let statedPurpose { return statedPurpose }
    return switch resume {
    case .undo: .undo
    case .goOn: .resume
    case nil: goesBack ? .rollback : .deploy
    }
  }
}
