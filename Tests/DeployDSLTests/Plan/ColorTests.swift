import DeployDSL
import Testing

@Suite struct ColorTests {
  @Test(arguments: [(Color.blue, Color.green, "blue"), (.green, .blue, "green")])
  func `each colour has another one and a name`(color: Color, other: Color, name: String) {
    #expect(color.other == other)
    #expect("\(color)" == name)
  }
}
