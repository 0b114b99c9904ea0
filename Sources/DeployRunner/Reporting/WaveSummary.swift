import BgrunSystem
import DeployDSL

/// The lines that begin a wave.
struct WaveSummary {
  /// How many members are named.
  private static let most = 8

  let wave: DeploymentGroup.WaveStart
  let titles: [String]
  let names: [String]
  let style: ReportStyle

  var messages: [Message] {
    let members = titles[wave.members]
    let more = members.count - Self.most
    let list =
      members.prefix(Self.most).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    let pause = wave.pause > .zero ? ", in \(wave.pause.forPeople)" : ""
    let place = style.host.map { " (\($0)s)" } ?? ""
    return [Message(.heading, "Wave \(wave.number) of \(wave.of)\(pause): \(list)\(place)")]
  }

  /// The line of JSON.
  func json(hosts: [String]) -> String {
    let line = Line(
      wave: wave.number, waves: wave.of, pause: wave.pause.inMilliseconds,
      hosts: Array(hosts[wave.members]))
    guard let bytes = try? line.jsonBytes() else { return "" }
    return String(decoding: bytes, as: UTF8.self).withSpelledControls + "\n"
  }

  private struct Line: Encodable {
    var event = "wave-started"
    var wave: Int
    var waves: Int
    /// Seconds before it starts.
    var pause: Double
    var hosts: [String]
  }
}
