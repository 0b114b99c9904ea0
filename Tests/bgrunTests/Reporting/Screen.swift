/// What a terminal shows of a text: lines that were redrawn in place appear once.
struct Screen {
  private var rows: [[Character]] = [[]]
  private var (row, column) = (0, 0)

  /// Its lines, without those at the end that are empty, and without spaces at the ends of lines.
  var lines: [String] {
    let lines = rows.map { String(String($0).reversed().drop { $0 == " " }.reversed()) }
    return lines.reversed().drop(while: \.isEmpty).reversed()
  }

  init(_ text: String) {
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n":
        (row, column) = (row + 1, 0)
        if row == rows.count { rows.append([]) }
      case "\u{1B}":
        rest.removeFirst()
        let number = rest.prefix { !$0.properties.isAlphabetic }
        rest = rest.dropFirst(number.count)
        control(rest.removeFirst(), Int(String(String.UnicodeScalarView(number))) ?? 1)
      default: put(Character(scalar))
      }
    }
  }

  private mutating func put(_ character: Character) {
    while rows[row].count <= column { rows[row].append(" ") }
    rows[row][column] = character
    column += 1
  }

  private mutating func control(_ letter: Unicode.Scalar, _ number: Int) {
    switch letter {
    case "A": row = max(0, row - number)
    case "K": rows[row] = Array(rows[row].prefix(column))
    case "J":
      rows[row] = Array(rows[row].prefix(column))
      rows.removeLast(rows.count - row - 1)
    default: break
    }
  }
}
