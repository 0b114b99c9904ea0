import BgrunSystem
package import DeployDSL

/// The journal of one run, as read from disk.
package struct Journal: Hashable, Sendable {
  /// The intact records, in order.
  package var records: [JournalRecord]
  /// The length of these records in bytes; what follows was being written when the run died.
  package var length: Int

  /// The state that results from the records.
  package var state: JournalState { JournalState(records) }

  /// The time from the start of the run to its last record.
  var lasted: Duration { .milliseconds(records.last?.at ?? 0) }

  /// The time since the run started; at least as long as it lasted, because clocks can be set back.
  func age(now: Timestamp = .now) -> Duration {
    guard let began = state.header?.started else { return lasted }
    return max(lasted, .seconds(now.seconds - began.seconds))
  }

  /// Reads a journal.
  ///
  /// An incomplete last line was being written when the run died: nothing was done because of it,
  /// so it is ignored. Any other bad line is an error: bgrun does not guess.
  ///
  /// - Throws: ``DeployError`` with file and line.
  package init(_ bytes: [UInt8], path: String) throws(DeployError) {
    let decoder = JSONDecoder()
    records = []
    length = 0
    while let end = bytes[length...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = bytes[length..<end]
      if records.isEmpty { try Self.checkVersion(line, path: path) }
      do throws(JournalLine.Damage) {
        let record = try JournalLine.decode(line, by: decoder)
        guard record.number == records.count + 1 else {
          throw JournalLine.Damage.wrongNumber(record.number)
        }
        if case .runStarted = record.entry, !records.isEmpty {
          throw JournalLine.Damage.unknown("a second start record")
        }
        records.append(record)
      } catch {
        throw Self.damaged(path, line: records.count + 1, because: error)
      }
      length = end + 1
    }
  }

  private static func checkVersion(
    _ line: ArraySlice<UInt8>, path: String
  ) throws(DeployError) {
    guard let version = JournalLine.version(line) else {
      let damage: JournalLine.Damage
      do throws(JournalLine.Damage) {
        _ = try JournalLine.json(line)
        damage = .unknown("it is not the start of a run")
      } catch {
        damage = error
      }
      throw damaged(path, line: 1, because: damage)
    }
    guard version.format == JournalHeader.version else {
      throw DeployError(
        .environment,
        "\(path) has format \(version.format), and this bgrun reads \(JournalHeader.version)",
        fix: "use the bgrun that wrote it"
          + (version.bgrun.map { " (\($0))" } ?? ""))
    }
  }

  private static func damaged(
    _ path: String, line: Int, because damage: JournalLine.Damage
  ) -> DeployError {
    DeployError(
      .environment, "\(path) is damaged at line \(line): \(damage.text)",
      fix: "check the state (`bgrun status PLAN`), fix it manually if needed, then move the file "
        + "aside: `mv \(path) \(path).damaged`")
  }
}
