import Testing

@testable import DeployRunner

@Suite("EditDistance")
struct SpellingTests {
  @Test(
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "abc", 3), ("same", "same", 0), ("Same", "sAME", 0),
      ("grafana", "grafna", 1), ("grafana", "garfana", 1), ("blue", "glue", 1),
      ("kitten", "sitting", 3), ("ab", "ba", 1), ("größe", "grosse", 3),
    ] as [(String, String, Int)])
  func `the distance counts letters added, dropped, changed or swapped`(
    first: String, second: String, distance: Int
  ) {
    #expect(EditDistance.distance(first, second) == distance)
    #expect(EditDistance.distance(second, first) == distance)
  }

  @Test(
    arguments: [
      ("grafana-blu", "grafana-blue"), ("grafana-bleu", "grafana-blue"),
      ("Grafana-Green", "grafana-green"), ("ngnix", "nginx"), ("postgres", nil), ("", nil),
      ("x", nil), ("qq", nil), ("dbb", "db1"),
    ] as [(String, String?)])
  func `the nearest word is offered if it is near enough`(word: String, nearest: String?) {
    let known = ["nginx", "grafana-green", "grafana-blue", "db1", "db2", "y"]
    #expect(EditDistance.nearest(to: word, among: known) == nearest)
  }

  @Test func `of two that are as near the first by the alphabet is offered`() {
    #expect(EditDistance.nearest(to: "app-3", among: ["app-2", "app-1"]) == "app-1")
    #expect(EditDistance.nearest(to: "app", among: []) == nil)
  }
}
