import Foundation
import Testing

extension Project {
  /// Deploys green where that cannot work: the tool must say so, and blue answers all the while.
  ///
  /// - Parameters:
  ///   - status: the exit code that says which case it is.
  ///   - words: what the message must contain: cause and fix.
  ///   - direct: whether blue is asked on its own port, because the proxy cannot answer.
  @discardableResult
  func expectRefusal(
    _ status: Int32, saying words: [String], plan: URL? = nil, arguments: [String] = [],
    environment: [String: String] = [:], direct: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Ended {
    let prober = Load.prober(port: direct ? ports[.blue] ?? 0 : port)
    let ended = try await Shell.run(
      [Repository.bgrun.path, (plan ?? Repository.plan).path]
        + (arguments.contains("--project") ? [] : ["--project", folder.path]) + arguments,
      in: folder, environment: environment)
    // Long enough to see what a late effect of the deploy would do.
    try await Task.sleep(for: .milliseconds(300))
    let tally = await prober.stop()
    print(ended.errors)
    #expect(ended.status == status, "\(ended)", sourceLocation: sourceLocation)
    for word in words {
      #expect(
        ended.errors.localizedCaseInsensitiveContains(word), "no “\(word)” in:\n\(ended)",
        sourceLocation: sourceLocation)
    }
    #expect(tally.failed == 0, "\(tally)", sourceLocation: sourceLocation)
    #expect(tally.versions.keys.sorted() == [Colour.blue.version], sourceLocation: sourceLocation)
    return ended
  }
}
