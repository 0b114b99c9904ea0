/// What runs in the host's own shell, which may be any POSIX shell: everything else is bgrun's.
///
/// A login shell may print before them, so what they say begins with a mark on a line of its own.
enum HostScript {
  static let mark = "bgrun-host"

  /// `$1` the cache's folder or nothing, `$2` the program's name in it, `$3` the project's folder, `$4`
  /// the architecture, `$5` the program's size in bytes; the rest are the program's arguments.
  static let start =
    cache + """
      [ "$(uname -s) $(uname -m)" = "Linux $4" ] || { say other "$(uname -s) $(uname -m)"; exit 0; }
      [ -r /proc/self/maps ] || { say noproc; exit 0; }
      p=$c/$2
      n=$({ wc -c <"$p"; } 2>/dev/null)
      [ -f "$p" ] && [ "${n:-0}" -eq "$5" ] || { say missing; exit 0; }
      [ -x "$p" ] || chmod 700 "$p" 2>/dev/null
      [ -x "$p" ] || { say noexec "$c"; exit 0; }
      cd -- "$3" 2>/dev/null || { say noproject; exit 0; }
      touch -c "$p"
      shift 5
      say starting
      exec "$p" "$@"
      """

  /// Stores standard input as a program: `$1` and `$2` as above, `$3` its size in bytes. Keeps the
  /// last ten.
  static let store =
    cache + """
      umask 077
      mkdir -p -- "$c" || { say nofolder "$c"; exit 0; }
      [ -O "$c" ] || { say nocache "$c"; exit 0; }
      chmod 700 "$c" || { say nofolder "$c"; exit 0; }
      t=$c/.$2.$$
      trap 'rm -f "$t"; exit 1' HUP INT TERM
      if cat >"$t" && [ "$(wc -c <"$t")" -eq "$3" ] && chmod 700 "$t" && mv -f -- "$t" "$c/$2"; then
        say stored
      else
        rm -f "$t"
        say notstored "$c"
      fi
      find "$c" -type f -name '.*' -mtime +1 -exec rm -f {} +
      ls -t "$c" | tail -n +11 | while IFS= read -r f; do rm -f -- "$c/$f"; done
      """

  private static let cache = """
    say() { printf '\\n\(mark) %s\\n' "$*"; }
    c=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bgrun/programs}

    """

  /// The command that runs a script; its arguments stay words of their own, never part of the text.
  static func command(_ script: String, _ arguments: String...) -> [String] {
    ["/bin/sh", "-c", script, "bgrun"] + arguments
  }

  /// A word, and the rest.
  typealias Saying = (word: String, rest: String)

  /// What a line says after the mark; `nil` if it is the login shell's.
  static func said(_ line: String) -> Saying? {
    guard line.hasPrefix("\(mark) ") else { return nil }
    let words = line.dropFirst(mark.count + 1).split(separator: " ", maxSplits: 1)
    return words.first.map { (String($0), words.dropFirst().first.map(String.init) ?? "") }
  }
}
