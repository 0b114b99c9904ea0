import DeployDSL

extension ProjectFacts {
  /// Rules about what other tools do to the project, and what the plan needs from outside.
  static let everyday: [InspectionRule<ProjectFacts>] = [
    InspectionRule(
      "everyday-up", .warning, "everyday `up -d`",
      "a plain `docker compose up -d` would replace the deployed version",
      find: { facts in
        guard let plain = facts.plain else { return [] }
        let changes = try facts.colored().compactMap { _, name, service in
          plain[name].flatMap { everyday in
            everyday.image == service.image
              ? nil
              : ApplicationStatus.NextUp(
                service: "\(name)", change: .recreate, image: service.image,
                nextImage: everyday.image)
          }
        }
        guard !facts.graph.unrecorded.isEmpty, let first = changes.first else { return [] }
        return [
          Finding(
            changes.consequence(of: facts.graph), fix: changes.cure(of: facts.graph),
            at: facts.compose.place(of: first.service, "image"))
        ]
      }),
    InspectionRule(
      "secret", .warning, "secrets", "a secret of the plan is not set here",
      find: { facts in
        let needed = facts.graph.nodes.filter { $0.guards.isEmpty }
          .flatMap { node in node.secrets.map { ($0, Finding.Place(node.location)) } }
        let own = facts.graph.application.environment.values.flatMap(\.secrets)
          .map { ($0, facts.planPlace) }
        var (findings, seen): ([Finding], Set<Secret>) = ([], [])
        for (secret, place) in own + needed where seen.insert(secret).inserted {
          guard secret.machine == .controller, !facts.given.contains(secret),
            await Secrets.lacks(secret, by: facts.context.executor)
          else { continue }
          findings.append(Finding(Secrets.missing(secret), at: place))
        }
        return findings
      }),
    InspectionRule(
      "tracked-site", .warning, "git", "git tracks the site file that every deploy changes",
      find: { facts in
        let file = facts.application.site.file
        _ = try facts.siteFile.known()
        guard try await facts.git("ls-files", file), try await !facts.git("check-ignore", file)
        else { return [] }
        let isRewritten = try facts.sources.known() == nil
        let why =
          "the next checkout, pull or `git reset --hard` restores the other colour, and deploys "
          + "stop until a person says which one serves"
        return [
          isRewritten
            ? Finding(
              "git tracks \(file), in which every deploy changes the colour", why: why,
              fix: "tell git to keep it unchanged in this work tree",
              lines: ["git update-index --skip-worktree \(file)"], at: facts.sitePlace)
            : Finding(
              "git tracks \(file), which every deploy replaces by one of its sources", why: why,
              fix: "take it out of git; its sources stay",
              lines: ["echo '/\(file)' >> .gitignore", "git rm --cached \(file)"],
              at: facts.sitePlace,
              repair: .append("/\(file)", to: ".gitignore"))
        ]
      }),
  ]

  /// Whether a git command that lists paths names a file.
  private func git(_ command: String, _ file: String) async throws -> Bool {
    let options = command == "check-ignore" ? ["--no-index"] : []
    let argv = ["git", command] + options + ["--", file]
    guard case .command(let result)? = try? await context.perform(.command(Command(argv)), .observe)
    else { throw Unknown() }
    return result.succeeded && !result.output.isEmpty
  }
}
