/// A process as a line of `docker top -o pid,etimes,args` shows it.
struct ProcessRow {
  var pid: Int
  var age: Duration
  var command: Substring

  /// - Returns: `nil` for the headline, and for what is no such line.
  init?(_ line: Substring) {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
    guard words.count == 3, let pid = Int(words[0]), let age = Int64(words[1]) else { return nil }
    self.pid = pid
    self.age = .seconds(age)
    command = words[2].drop { $0 == " " }
  }
}
