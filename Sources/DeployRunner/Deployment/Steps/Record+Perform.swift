import DeployDSL

extension Record: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let values = isOfEarlier == true ? try await earlier(in: context) : try planned(in: context)
    guard let values else { return .skipped("\(file) is unchanged") }
    var done: [String] = []
    // Plans of several applications may write to the same file.
    try await ProxySwitch(context: context).alone {
      for name in names {
        guard let value = values[name] else { continue }
        if let line = try await write(name, value, in: context) { done.append(line) }
      }
    }
    return done.isEmpty
      ? .skipped("\(file) is up to date") : .done("\(file): \(done.joined(separator: ", "))")
  }

  /// The values of the plan.
  private func planned(in context: ActionContext) throws -> [String: String] {
    var values: [String: String] = [:]
    for name in names {
      guard case .text(let value)? = context.docker.value(of: name) else {
        throw DeployError(
          .plan, "the plan sets no value for \(name) that can be recorded",
          fix: "set one with environment: (not a Secret)")
      }
      values[name] = value
    }
    return values
  }

  /// The values with which the target was started; without them, a warning says what to write.
  private func earlier(in context: ActionContext) async throws -> [String: String]? {
    let (path, bytes) = try await place(in: context)
    let target = try context.state.color(.target)
    let values = EarlierValues(context: context, names: names, file: path)
    // A dry run does not create the container that would tell.
    if context.isDryRun, context.pinned != nil { return nil }
    let containers = try await values.containers(of: target)
    let present = EnvironmentFile(bytes: bytes)
    if let found = await values.find(of: containers, in: target, present) { return found }
    let service = context.application.serviceID(target)
    let version = containers.main.map { " (image \($0.image))" } ?? ""
    let lines = names.map { name in
      present.line(of: name).map { "line \($0.number) is `\($0.text)`" }
        ?? "no line sets \(name)"
    }
    context.warn(
      "\(file) still has the values of the version that was left, and with which \(service)"
        + "\(version) was started is unknown, so the next `docker compose up -d` may recreate it: "
        + "write the values of that version in \(path) (\(lines.joined(separator: "; ")))")
    return nil
  }

  /// - Returns: What was written, as text; `nil` if it was there already.
  private func write(
    _ name: String, _ value: String, in context: ActionContext
  ) async throws -> String? {
    let place = try await place(in: context)
    let present = EnvironmentFile(bytes: place.bytes)
    let change = present.change(name, to: value, in: place.path)
    guard let change, let bytes = change.applied(to: place.bytes) else { return nil }
    if context.isDryRun { context.note("- \(change.line(change.old))") }
    if context.isDryRun { context.note("+ \(change.line(change.new))") }
    try await context.declare(.restoreText(change))
    let line = present.line(of: name).map { "line \($0.number) is `\($0.text)`" }
    try await context.replace(
      place.path, with: bytes, source: "\(name)=\(value)",
      manually: "write `\(change.line(change.new))` into it (\(line ?? "no line sets \(name)")), "
        + "so that the next `docker compose up -d` keeps this version")
    return "\(name)=\(value)"
  }

  /// The file itself: replacing a link by a new file would detach it from its destination.
  func place(in context: ActionContext) async throws -> (path: String, bytes: [UInt8]) {
    var path = file
    for _ in 0..<8 {
      let found = try await context.read(path)
      if let link = found.link {
        let folder = found.path.prefix(upTo: found.path.lastIndex(of: "/") ?? found.path.startIndex)
        path = Paths.path(link, in: String(folder))
        continue
      }
      switch found.content {
      case .file(let bytes): return (path, bytes)
      case .missing: return (path, [])
      case .directory:
        throw DeployError(
          .environment, "\(path) is a folder, so nothing can be recorded in it",
          fix: "name a file: Record(\"\(names.first ?? "IMAGE_TAG")\", in: \".env\")")
      }
    }
    throw DeployError(
      .environment, "\(file) is a link that leads to itself", fix: "write a file in its place")
  }
}

extension TextChange {
  /// The line with one of the two texts, for messages.
  fileprivate func line(_ text: JournalBytes) -> String {
    let text = String(decoding: text.bytes, as: UTF8.self)
    return text.isEmpty || text.hasPrefix(name) ? text : "\(name)=\(text)"
  }

  /// Restores the old text, if the new one is still there.
  func undo(in context: ActionContext) async throws {
    try await ProxySwitch(context: context).alone {
      guard case .file(let bytes) = try await context.read(file).content else { return }
      if let before = undone(in: bytes) {
        try await context.replace(
          file, with: before, source: "the old \(name)",
          manually: "restore it manually: \(line(old))")
      } else if !isUndone(in: bytes) {
        throw DeployError(
          .interference, "\(file) was changed during this run, so \(name) in it is not restored",
          fix: "restore it manually: \(line(old))")
      }
    }
  }
}

extension ActionContext {
  /// Replaces a file; if it cannot be written, the error also says what to do manually.
  fileprivate func replace(
    _ path: String, with bytes: [UInt8], source: String, manually: String
  ) async throws {
    do {
      try await write(FileWrite(path: path, bytes: bytes, method: .rename, source: source))
    } catch let error as DeployError where error.code == .environment {
      var error = error
      error.fix = [error.fix, manually].compactMap(\.self).joined(separator: "; then ")
      throw error
    }
  }
}
