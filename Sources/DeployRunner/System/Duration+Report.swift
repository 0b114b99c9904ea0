import DeployDSL

extension Duration {
  /// The duration for reports: `0.6 s`, `42 s`, `3 min 12 s`.
  package var inRecord: String {
    let seconds = inSeconds
    if seconds < 59.95 {
      let tenths = Int((max(0, seconds) * 10).rounded())
      return "\(tenths / 10).\(tenths % 10) s"
    }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }
}
