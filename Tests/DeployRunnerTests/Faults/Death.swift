import DeployDSL
import DeployRunner

/// A death of bgrun in the middle of a run, and what its journal had of it.
struct Death {
  var point: FaultPoint
  /// Whether the operation was carried out before.
  var whenDone: Bool
  /// How many of the journal's last records had not been written yet.
  var missing: Int
  /// Whether the engine carries out a second later what the dead client had asked for.
  var isLate = false

  var text: String {
    isLate
      ? "killed before, and the engine goes on: \(point)"
      : whenDone
        ? "killed when done: \(point)"
        : "killed before\(missing > 0 ? ", \(missing) records earlier" : ""): \(point)"
  }

  /// Before and after each operation, with each journal that there can have been at that time.
  static func all(in scene: FaultScene, of plan: Deploy) async throws -> [Death] {
    let folder = try MemoryFolder()
    let lengths = Collected<(FaultPoint, Int, Int)>()
    let executor = JournalWatcher(base: .mock(scene.host()), folder: folder.path, lengths)
    _ = try await Deployer(
      executor: executor, options: RunOptions(stateFolder: folder.path)
    ).run(plan)
    var deaths: [Death] = []
    var last = 1
    // Before its first record a run has begun nothing.
    for (point, before, after) in lengths.all where before > 0 {
      for missing in 0...max(0, before - last) {
        deaths.append(Death(point: point, whenDone: false, missing: missing))
      }
      deaths.append(Death(point: point, whenDone: true, missing: 0))
      if point.text.contains(" up ") {
        deaths.append(Death(point: point, whenDone: false, missing: 0, isLate: true))
      }
      last = after
    }
    return deaths
  }
}
