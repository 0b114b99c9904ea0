import DeployDSL
import DeployRunner

/// The plans that runs have recorded in the state folders that a command line leads to.
struct RecordedPlans {
  private let options: Options

  init(_ options: Options) { self.options = options }

  /// The recorded plans of a plan's file, which may no longer exist.
  func plans(of typed: String) -> [RecordedPlan] {
    let path = real(Paths.absolute(typed))
    for folder in folders(above: Paths.parent(of: path) ?? "/") {
      let found = StateFolder.recordedPlans(at: folder).filter { recorded in
        recorded.file.map { real($0) == path } ?? false
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  /// The plans recorded in the nearest state folder at or above the working folder.
  var nearby: [RecordedPlan] {
    for folder in folders(above: Paths.current) {
      let found = StateFolder.recordedPlans(at: folder)
      if !found.isEmpty { return found }
    }
    return []
  }

  /// The runs of those plans, newest first; nothing where they cannot be read.
  var history: [JournalSummary] {
    for folder in folders(above: Paths.current) {
      let names = Set(StateFolder.recordedPlans(at: folder).map(\.plan.application.name))
      let runs = names.sorted().flatMap { name in
        (try? StateFolder.existing(at: folder, application: name)?.history()) ?? []
      }
      if !runs.isEmpty { return runs }
    }
    return []
  }

  private func folders(above start: String) -> [String] {
    if let folder = options.stateFolder { return [Paths.absolute(folder)] }
    if let project = options.project { return ["\(Paths.absolute(project))/\(StateFolder.name)"] }
    let both = Paths.ancestors(of: start) + Paths.ancestors(of: Paths.current)
    return both.map { "\($0 == "/" ? "" : $0)/\(StateFolder.name)" }.filter(Files.isFolder)
  }

  /// The path without links, as far as it exists.
  private func real(_ path: String) -> String {
    Paths.resolved(path) ?? Paths.resolvingFolder(of: path)
  }
}
