import CBgrun
import DeployRunner

/// What is said when the process ends by a crash, or by `exit()` in code that is not ours.
enum LastWords {
  /// Puts the handlers in place.
  static func prepare() { _ = bg_last_words_install() }

  /// Sets what is said from now on.
  static func set(crash: String, exit: String, clearingLine: Bool = false, status: ExitCode) {
    let begin = clearingLine ? "\r\u{1B}[Kbgrun: " : "bgrun: "
    let words = [crash, exit].map { "\(begin)\($0.showable(isColored: false))\n" }
    bg_last_words_set(words[0], words[1], status.rawValue)
  }

  /// Nothing is said from now on.
  static func clear() { bg_last_words_clear() }
}
