/// The checks of requests, conditions, and what is run again.
extension GraphValidator {
  mutating func checkRequest(_ step: Request, at place: SourceLocation) {
    checkURL(step.url, "Request", at: place)
    checkHeaders(step.headers, at: place)
    if step.status.lowerBound < 100 || step.status.upperBound > 599 {
      report(
        "no HTTP status is \(step.status.lowerBound)...\(step.status.upperBound)",
        fix: "give one from 100 to 599", at: place)
    }
    if step.body?.text.utf8.contains(0) == true {
      report("Request's body contains a zero byte", fix: "remove it", at: place)
    }
    report(ValidationIssue.unlessPositive(step.within, "Request's within"), at: place)
  }

  mutating func checkNotify(_ step: Notify, at place: SourceLocation) {
    switch step.channel {
    case .command(let argv): checkArgv(argv, "Notify", at: place)
    case .webhook(let url, let field, let headers):
      checkURL(url, "Notify", at: place)
      checkHeaders(headers, at: place)
      if field.isEmpty {
        report("Notify's field is empty", fix: "name it, for example \"text\"", at: place)
      }
    }
  }

  private mutating func checkURL(_ url: EnvironmentValue, _ what: String, at place: SourceLocation)
  {
    guard case .text(let text) = url else { return }
    let isWeb = ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
    if !isWeb {
      report(
        "\(what) needs a whole address, not \"\(text.escaped)\"",
        fix: "write it with https:// or http://", at: place)
    } else if text.escaped != text || text.contains(" ") {
      report(
        "the address \"\(text.escaped)\" contains a space or control character",
        fix: "write it percent-encoded, a space as %20", at: place)
    }
  }

  private mutating func checkHeaders(
    _ headers: [String: EnvironmentValue], at place: SourceLocation
  ) {
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
      if !name.isHeaderName {
        report(
          "\"\(name.escaped)\" is no name for a header", fix: "use letters, digits and '-'",
          at: place)
      } else if value.text.escaped != value.text {
        report(
          "the header \(name) contains a control character", fix: "keep it to one line", at: place)
      }
    }
  }

  mutating func checkCondition(of node: Node) {
    for leaf in node.condition?.question.leaves ?? [] {
      switch leaf {
      case .exists(""):
        report("a condition asks for a file without a path", fix: "name it", at: node.location)
      case .environment(let name, _) where !name.isVariableName:
        report(
          "a condition asks for \"\(name.escaped)\", which is no name for an environment variable",
          fix: "use letters, digits and '_', not beginning with a digit", at: node.location)
      default: break
      }
    }
  }

  /// What a run does once cannot be done again because something after it has failed.
  mutating func checkRetry(around node: Node) {
    guard node.action.isOnce,
      node.scopes.contains(where: {
        graph.scopes.indices.contains($0) && graph.scopes[$0].retry != nil
      })
    else { return }
    report(
      "\(node.action.title) cannot stand in Retry: a run does it once",
      fix: "put it before or after the Retry", at: node.location)
  }
}

extension Action {
  fileprivate var isOnce: Bool {
    switch self {
    case .detectActive, .swapNginx, .reload, .drain, .watch: true
    case .stop(let step): step.role == .previous
    default: false
    }
  }
}

extension String {
  /// Whether HTTP takes the text as a header's name.
  fileprivate var isHeaderName: Bool {
    !isEmpty && utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }
}
