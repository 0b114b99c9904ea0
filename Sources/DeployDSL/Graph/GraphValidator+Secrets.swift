/// The checks of where secrets come from and go to.
extension GraphValidator {
  mutating func checkSecrets(of node: Node) {
    for secret in node.action.secrets { checkSecret(secret, at: node.location) }
    if node.action.texts.contains(where: { $0.contains(Secret.dots) }) {
      report(
        "a text of \(node.action.title.escaped) was made of a secret, so that it has dots in its place",
        fix: "give the secret alone, as a value of environment: or headers:, or as input: or body:",
        at: node.location)
    }
    guard case .build(let step) = node.action else { return }
    for (name, value) in step.arguments.sorted(by: { $0.key < $1.key }) {
      guard case .secret = value else { continue }
      report(
        "the build argument \(name.escaped) is a secret, but the image's history keeps it readable",
        fix: "give it to the container with Up(.target, environment:)", at: node.location)
    }
  }

  mutating func checkSecret(_ secret: Secret, at place: SourceLocation) {
    switch secret.source {
    case .environment(let name) where !name.isVariableName:
      report(
        "a secret is read from \"\(name.escaped)\", which is no name for an environment variable",
        fix: "name the variable, or use Secret.file or Secret.command", at: place)
    case .file(""):
      report("a secret's file has no path", fix: "name the file that holds it", at: place)
    case .command(let argv): checkArgv(argv, "a secret's command", at: place)
    case .environment, .file: break
    }
  }
}

extension Action {
  /// The variables that the plan gives the action.
  var environment: [String: EnvironmentValue] {
    switch self {
    case .up(let step): step.environment
    case .build(let step): step.environment.merging(step.arguments) { $1 }
    case .pull(let step): step.environment
    case .run(let step): step.environment
    case .job(let step): step.environment
    default: [:]
    }
  }

  /// The secrets that the plan gives the action.
  package var secrets: [Secret] {
    var values = environment.sorted { $0.key < $1.key }.map(\.value)
    if case .run(let step) = self, let input = step.input { values.append(input) }
    return (values + sent).flatMap(\.secrets)
  }

  /// The texts that the plan gives the action: what is not a secret of its own.
  fileprivate var texts: [String] {
    let argv: [String] =
      switch self {
      case .run(let step): step.argv
      case .exec(let step): step.argv
      case .job(let step): step.argv
      case .health(let step): if case .command(let argv) = step.check { argv } else { [] }
      case .notify(let step): if case .command(let argv) = step.channel { argv } else { [] }
      case .print(let step): [step.message]
      default: []
      }
    var values = environment.map(\.value) + sent
    if case .run(let step) = self, let input = step.input { values.append(input) }
    if case .notify(let step) = self, let text = step.text { values.append(.text(text)) }
    return argv + values.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  /// What the action sends to a server.
  fileprivate var sent: [EnvironmentValue] {
    switch self {
    case .request(let step):
      [step.url] + step.headers.sorted { $0.key < $1.key }.map(\.value)
        + [step.body].compactMap(\.self)
    case .notify(let step):
      switch step.channel {
      case .webhook(let url, _, let headers):
        [url] + headers.sorted { $0.key < $1.key }.map(\.value)
      case .command: []
      }
    default: []
    }
  }
}
