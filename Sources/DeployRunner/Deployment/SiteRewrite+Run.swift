import DeployDSL

extension SiteRewrite {
  /// Reads a site file; if an interrupted run left it torn, reads it as that run had found it.
  ///
  /// - Parameter uses: what nginx's other files do with the variables of this file. Default: as
  ///   detected.
  init(
    _ bytes: [UInt8], by hosts: ColorHosts, in context: ActionContext, uses: Uses? = nil
  ) throws(DeployError) {
    let (path, application) = (context.application.site.file, context.application)
    let uses = uses ?? context.state.current.proxy?.uses ?? Uses()
    do {
      try self.init(bytes, path: path, by: hosts, of: application, uses: uses)
    } catch {
      guard let recorded = context.resumeState?.siteBytes,
        let read = try? SiteRewrite(recorded, path: path, by: hosts, of: application, uses: uses)
      else { throw error }
      self = read
    }
  }
}

extension ResumeState {
  /// The site file's content before the earlier run wrote it.
  fileprivate var siteBytes: [UInt8]? {
    state.toUndo.lazy.compactMap { declared in
      guard case .restoreSite(_, let bytes, _) = declared.undo else { return nil }
      return bytes.bytes
    }.first
  }
}

extension ProxySwitch {
  /// A content of the site file; `nil` if it is not for exactly one colour.
  func rewrite(of bytes: [UInt8]) -> SiteRewrite? {
    try? SiteRewrite(
      bytes, path: application.site.file, by: hosts, of: application,
      uses: context.state.current.proxy?.uses ?? SiteRewrite.Uses())
  }

  /// The content with which the site file leads to a colour again: the old one, with later changes
  /// preserved, because another application's deploy may have rewritten its own lines.
  func content(restoring recorded: [UInt8], for color: Color) async throws -> [UInt8] {
    func read(_ bytes: [UInt8]) -> SiteRewrite? {
      rewrite(of: bytes)
    }
    guard context.state.current.proxy?.isRewritten == true,
      case .file(let present) = try await context.read(application.site.file).content,
      let now = read(present), let old = read(recorded)
    else { return recorded }
    // An interrupted write may have left line ends.
    let isOurs = Color.allCases.contains { color in
      old.content(for: color).trimmed == present.trimmed
    }
    return isOurs ? recorded : now.content(for: color)
  }
}

extension [UInt8] {
  /// Without trailing line ends.
  fileprivate var trimmed: SubSequence { lastIndex { $0 != 10 }.map { self[...$0] } ?? [] }
}
