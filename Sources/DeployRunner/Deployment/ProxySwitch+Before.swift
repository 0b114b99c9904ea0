extension ProxySwitch {
  /// What must be known before a reload to prove it afterwards.
  struct Before: Sendable {
    var workers: Set<Int>
    /// The proxy's answer, if it came from the application.
    var status: Int?
    /// Why it gave no answer, if it gave none.
    var silence: String?

    /// Whether a status shows that the new configuration leads to the application: the status from
    /// before does, and any that the application itself may return. "Not found" where something was
    /// found before is nginx's own answer: the site has no such location.
    func isAnswered(by now: Int) -> Bool {
      if now == status { return true }
      if now == 404, let status, status < 400 { return false }
      return now < 500
    }
  }
}
