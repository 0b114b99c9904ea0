import DeployDSL
import Testing

@Suite struct NamesTests {
  @Test(arguments: [
    ("grafana-blue", true), ("a", true), ("9", true), ("A_b.c-d", true), ("", false),
    ("-x", false), (".x", false), ("_x", false), ("a b", false), ("a/b", false), ("é", false),
    ("a\n", false), ("--help", false), ("a;b", false),
  ])
  func `a service's name is one that no command line takes for something else`(
    name: String, isGood: Bool
  ) {
    #expect(name.isServiceName == isGood)
  }
}
