import BgrunSystem
package import DeployDSL

/// What a run records of its plan in the state folder: enough to show the application's state and
/// to roll back without the plan, which may no longer compile. Never the value of a secret.
package struct RecordedPlan: Codable, Sendable {
  /// The run that recorded it.
  package var run: RunID
  /// When it was recorded.
  package var time: Timestamp
  /// The plan's file, from the root; `nil` if a program ran the plan.
  package var file: String?
  /// The folder of the Compose project; `nil` if the executor has none.
  package var project: String?
  /// The parts of the plan.
  package var plan: RollbackPlan
  /// The values of the plan's parameters; `nil` if it has none.
  package var parameters: [String: String]?

  static let fileName = "plan.json"

  /// The plan that rolls back to the previous version.
  ///
  /// - Parameter file: the plan's file as the user typed it.
  /// - Throws: ``/DeployDSL/PlanError`` if the parts do not make up a rollback.
  package func graph(of file: String) throws(PlanError) -> StepGraph {
    try plan.graph(at: SourceLocation(file: file, line: 1, column: 1))
  }

  /// The encoded plan; `nil` if it cannot be encoded.
  var bytes: [UInt8]? { try? jsonBytes() }
}

extension StateFolder {
  /// Records a run's plan. A failure to do so does not matter to the run.
  func record(_ plan: RecordedPlan) {
    guard let bytes = plan.bytes else { return }
    try? folder.write(RecordedPlan.fileName, bytes, durably: false)
  }

  /// The plan that the last deploy recorded; `nil` if there is none, or another version of bgrun
  /// recorded it in another form.
  package var recordedPlan: RecordedPlan? { decoded(RecordedPlan.self, RecordedPlan.fileName) }

  /// What a file of the application's folder holds; `nil` if there is none that can be decoded.
  func decoded<Value: Decodable>(_ type: Value.Type, _ name: String) -> Value? {
    guard let bytes = try? folder.read(name) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(bytes))
  }

  /// The recorded plans of all applications in a state folder, by name.
  package static func recordedPlans(at path: String) -> [RecordedPlan] {
    Files.names(in: path).sorted().compactMap { name in
      (try? existing(at: path, application: name))??.recordedPlan
    }
  }
}
