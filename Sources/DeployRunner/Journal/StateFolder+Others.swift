import DeployDSL

extension StateFolder {
  /// Why a run must not reload an application's proxy now: an interrupted run of another application
  /// has changed its site file, and the reload would put that version live without a check.
  ///
  /// - Parameter path: the state folder of all applications.
  static func halfSwitched(at path: String, besides application: Application) -> DeployError? {
    for name in Files.names(in: path).sorted() where name != application.name {
      guard let state = try? existing(at: path, application: name),
        let other = try? state.journal.unfinished(),
        [.written, .reloading].contains(other.journal.state.phase),
        // A run that is under way tests its site before it lets others reload.
        (try? state.lock.holder) == .some(nil)
      else { continue }
      let recorded = state.recordedPlan
      if let proxy = recorded?.plan.application.proxy, proxy != application.proxy { continue }
      let isUsual = recorded?.project.map { self.path(ofProject: $0) == path } ?? true
      let words = recorded?.file.map { file in
        ["bgrun", "resume", file, "--only", name] + (isUsual ? [] : ["--state", path])
      }
      return DeployError(
        .locked,
        "run \(other.run) of \(name) was interrupted after it had changed its site file: a reload "
          + "of the proxy would put that version live",
        fix: words.map {
          "finish that run (`\(Command($0))`), or roll it back (`\(Command($0 + ["--undo"]))`)"
        } ?? "finish that run or roll it back (`resume`, `resume --undo`)")
    }
    return nil
  }
}
