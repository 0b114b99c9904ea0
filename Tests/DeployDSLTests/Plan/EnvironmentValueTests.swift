import DeployDSL
import Testing

@Suite struct EnvironmentValueTests {
  @Test func `texts, numbers, parameters and values reach a command as text`() {
    let version = Parameter("version", default: "12.4")
    let count = Parameter("count", default: 3)
    let step = Up(
      .target,
      environment: [
        "TEXT": "a", "NUMBER": 7, "VERSION": version, "COUNT": count,
        "VALUE": EnvironmentValue.text("v"),
      ])
    #expect(
      step.environment == [
        "TEXT": .text("a"), "NUMBER": .text("7"), "VERSION": .text("12.4"), "COUNT": .text("3"),
        "VALUE": .text("v"),
      ])
    #expect("\(EnvironmentValue.text("shown"))" == "shown")
  }
}
