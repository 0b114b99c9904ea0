extension ProxySwitch {
  /// What must be known before a reload to prove it afterwards.
  struct Before: Sendable {
    var workers: Set<Int>
    /// What the proxy answered, if the application was behind it.
    var status: Int?
    /// Why it gave no answer, if it gave none.
    var silence: String?

    /// Whether a status shows that the new configuration leads to the application: what it answered
    /// before does, and whatever it may say by itself. "Not found" where something was found
    /// before is nginx's own word: the site has no such location.
    func isAnswered(by now: Int) -> Bool {
      if now == status { return true }
      if now == 404, let status, status < 400 { return false }
      return now < 500
    }
  }
}
