import Testing

@testable import bgrun

@Suite("What several hosts print")
struct FleetOutputTests {
  @Test(
    arguments: [
      (#"{"application":"x","host":"box","run":"1"}"#, #","application":"x","run":"1"}"#),
      (#"{"application":"x","host":"b,o\"x"}"#, #","application":"x"}"#),
      (
        #"{"lock":{"host":"box"},"note":"\"host\":"}"#,
        #","lock":{"host":"box"},"note":"\"host\":"}"#
      ),
      (#"{"host":"box"}"#, "}"), ("{}", "}"),
    ])
  func `names the host once, as the user does`(object: String, rest: String) {
    let named = Fleet.naming("ann@web1:/p", in: object + "\n")
    #expect(named == #"{"host":"ann@web1:/p""# + rest + "\n")
  }
}
