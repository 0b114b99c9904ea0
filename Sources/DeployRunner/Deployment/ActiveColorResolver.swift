import DeployDSL

/// The sources that tell the active colour: the site file, what nginx has loaded, what runs.
struct ActiveColorResolver {
  let application: Application
  /// The colour that the site file is for; `nil` if it names neither or both.
  let fileColor: Color?
  /// Whether the file was changed after nginx had loaded it.
  let isStale: Bool
  let running: Set<Color>

  /// The active colour, or how the sources disagree.
  var verdict: Result<Color, DeployError> {
    guard let color = fileColor else {
      return .failure(
        disagreement(
          "\(site) names neither \(application.blue) nor \(application.green) alone, \(runningText)"
        ))
    }
    if isStale, running.contains(color.other) {
      return .failure(
        disagreement(
          "\(site) says \(color), but it was changed after nginx had loaded its configuration, so "
            + "the proxy may still serve \(color.other); \(runningText)"))
    }
    if !running.contains(color), running.contains(color.other) {
      return .failure(disagreement("\(site) says \(color), but \(runningText)"))
    }
    return .success(color)
  }

  private var site: String { application.site.file }

  private var runningText: String {
    let services = running.map { "\(application.serviceID($0))" }.sorted()
    return switch services.count {
    case 0: "neither service is running"
    case 1: "only \(services[0]) is running"
    default: "both services are running"
    }
  }

  private func disagreement(_ text: String) -> DeployError {
    let choices = running.count == 1 ? Array(running) : Color.allCases
    let commands = choices.map { "`bgrun deploy PLAN --active \($0)`" }
    return DeployError(
      .disagreement, "the active colour is ambiguous: \(text)",
      fix: "check which version the proxy serves, then: \(commands.joined(separator: " or "))")
  }
}
