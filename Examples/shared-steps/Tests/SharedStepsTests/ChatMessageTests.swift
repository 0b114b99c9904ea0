import DeployTesting
import SharedSteps
import Testing

@Suite struct ChatMessageTests {
  private let host = shopHost()

  @Test("It posts JSON, and reads the address from standard input")
  func posts() async throws {
    let rehearsal = try await ChatMessage(
      "say \"hello\"\n\tand C:\\ \u{1}", to: .file("secrets/chat")
    ).rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    expectCommands(
      [
        #"wget … '--post-data={"text": "say \"hello\"\n\tand C:\\ \u0001"}' --input-file=- <<< ••••"#
      ],
      in: rehearsal)
    expectHidden(webhook, in: rehearsal)
  }

  @Test("The text may need to know the roles")
  func roles() async throws {
    let message = ChatMessage(to: .file("secrets/chat")) { "\(try $0.service(.target)) is next" }
    expectCommand("…shop-green is next…", in: try await message.rehearse(on: host))
  }

  @Test("A chat that cannot be reached does not end the deploy, and hides its address still")
  func unreachable() async throws {
    host.fail(
      .command(containing: "wget"), .failing(exit: 4, errors: "\(webhook): no such host"))
    let rehearsal = try await ChatMessage("hello", to: .file("secrets/chat")).rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    #expect(rehearsal.notes.contains { $0.hasPrefix("the chat was not told: ") })
    expectHidden(webhook, in: rehearsal)
  }

  @Test("A chat that must be told ends the deploy")
  func required() async throws {
    host.fail(.command(containing: "wget"), .failing(exit: 8, errors: "\(webhook): 404"))
    let rehearsal = try await ChatMessage("hello", to: .file("secrets/chat"), isRequired: true)
      .rehearse(on: host)
    expectFailure("…wget… failed with exit code 8…", in: "Tell the chat", of: rehearsal)
    expectHidden(webhook, in: rehearsal)
  }

  @Test("A secret that is not there is said by its place")
  func noSecret() async throws {
    let rehearsal = try await ChatMessage("hello", to: .file("secrets/none"), isRequired: true)
      .rehearse(on: host)
    expectFailure("…secrets/none…", of: rehearsal)
  }
}
