import DeployDSL
import Testing

@Suite struct KeyTests {
  @Test func `two keys with one name and type are the same key`() {
    #expect(Keys.ID(Key<Int>("a")) == Keys.ID(Key<Int>("a")))
    #expect(Keys.ID(Key<Int>("a")) != Keys.ID(Key<Int>("b")))
    #expect(Keys.ID(Key<Int>("a")) != Keys.ID(Key<String>("a")))
  }
}
