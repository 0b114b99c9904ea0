package import DeployDSL

/// A site file without sources, which bgrun rewrites: it replaces the names of the active colour
/// and keeps every other byte.
package struct SiteRewrite: Sendable {
  /// A name in the file that determines where requests go.
  private struct Place: Sendable {
    var range: Range<Int>
    var line: Int
    var color: Color
    var name: String
    var counterpart: String
    /// Whether it is a standby server: `backup`, `down`.
    var isStandby: Bool
  }

  /// What nginx's other files do with the variables of a site file.
  package struct Uses: Hashable, Sendable {
    /// Where they forward requests to, with variables.
    var targets: [String] = []
    /// Their maps, which may lead from such a variable to a host.
    var maps: [NginxConfiguration.Directive] = []

    package init() {}

    /// Those of a whole configuration.
    package init(in configuration: NginxConfiguration) {
      targets = configuration.root.passWords
      maps = configuration.root.allInside.filter(\.mapsValues)
    }
  }

  private let bytes: [UInt8]
  private let places: [Place]
  /// The lines of upstreams that belong to one colour, whichever is active.
  private let definitions: Set<Int>
  /// The active colour.
  package let color: Color

  /// What nginx's other files do with the variables that this file sets.
  private let uses: Uses

  /// Parses a site file.
  ///
  /// - Parameter uses: what nginx's other files do with the variables that this file sets.
  /// - Throws: an error if it cannot be parsed, or if the active colour is ambiguous.
  package init(
    _ bytes: [UInt8], path: String, by hosts: ColorHosts, of application: Application,
    uses: Uses = Uses()
  ) throws(DeployError) {
    self.uses = uses
    var reader = Reader(bytes: bytes, hosts: hosts, uses: uses)
    do throws(NginxConfiguration.Refusal) {
      reader.read(try NginxConfiguration(bytes, path: path))
    } catch {
      throw DeployError(
        .configuration, "the site file \(path) cannot be read: \(error.text)",
        fix: "correct it and test it with `nginx -t` where nginx runs")
    }
    self.bytes = bytes
    places = reader.places
    definitions = reader.definitions
    let active = places.filter { !$0.isStandby }
    guard let first = active.first else {
      throw DeployError(
        .configuration,
        "\(path) sends requests to neither \(application.blue) nor \(application.green)",
        fix: "write `server \(hosts.name(of: .blue, in: application)):PORT;` or `proxy_pass http://"
          + "\(hosts.name(of: .blue, in: application)):PORT;` into it; or name the file that does: "
          + "Deploy(…, site: Site(\"…\"))")
    }
    guard active.allSatisfy({ $0.color == first.color }) else {
      let lines = String(decoding: bytes, as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false)
      throw DeployError(
        .configuration,
        "\(path) sends requests to both colours: "
          + active.map { "\($0.name) in line \($0.line)" }.joined(separator: ", "),
        fix: "keep only one of them, or mark the other as `backup`; or write two files and name "
          + "them: Site(\"\(path)\", blue: \"…\", green: \"…\")",
        details: active.map { "\(path):\($0.line): \(lines[$0.line - 1])" })
    }
    color = first.color
    guard isReversible(by: hosts) else {
      throw DeployError(
        .configuration,
        "\(path) cannot be rewritten for \(application.serviceID(color.other)): the file "
          + "uses that name for something else",
        fix: "write two files and name them: Site(\"\(path)\", blue: \"…\", green: \"…\")")
    }
  }

  /// Whether rewriting for the other colour can be reversed.
  private func isReversible(by hosts: ColorHosts) -> Bool {
    var reader = Reader(bytes: content(for: color.other), hosts: hosts, uses: uses)
    guard let file = try? NginxConfiguration(reader.bytes, path: "") else { return false }
    reader.read(file)
    return reader.places.map(\.counterpart) == places.map(\.name)
  }

  /// The file's content for a colour.
  package func content(for color: Color) -> [UInt8] {
    guard color != self.color else { return bytes }
    var result = bytes
    for place in places.reversed() {
      result.replaceSubrange(place.range, with: place.counterpart.utf8)
    }
    return result
  }

  /// The changed lines for a colour.
  package func difference(for color: Color) -> [(line: Int, old: String, new: String)] {
    let both = [bytes, content(for: color)].map {
      $0.split(separator: 10, omittingEmptySubsequences: false).map {
        String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
      }
    }
    return zip(both[0], both[1]).enumerated().compactMap { index, line in
      line.0 == line.1 ? nil : (index + 1, line.0, line.1)
    }
  }

  /// Whether a file forwards no requests itself, so that only other files tell how its variables are
  /// used.
  package static func onlySetsVariables(_ bytes: [UInt8]) -> Bool {
    guard let file = try? NginxConfiguration(bytes, path: "") else { return false }
    let all = file.directives.flatMap(\.allInside)
    return !all.contains(where: \.passesOn) && all.contains { $0.name == "set" || $0.mapsValues }
  }

  /// Other lines that name the active colour, in a header, for example.
  package func otherLines(by hosts: ColorHosts) -> [Int] {
    let known = definitions.union(places.map(\.line))
    return bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        !known.contains(index + 1) && SiteText(Array(line)).colors(by: hosts).contains(color)
          ? index + 1 : nil
      }
  }
}

extension SiteRewrite {
  /// Finds the names to replace.
  private struct Reader {
    let bytes: [UInt8]
    let hosts: ColorHosts
    let uses: Uses
    private(set) var places: [Place] = []
    private(set) var definitions: Set<Int> = []
    /// The upstreams by name; those that belong to one colour, with the other colour's upstream.
    private var upstreams: [String: (color: Color, counterpart: String)?] = [:]
    /// The targets of requests, with their variables; `nil` if no file is known to forward requests.
    private var variables: String?
    /// The texts around a variable in what may become a target: `app-` and `:3000` for
    /// `http://app-$color:3000`.
    private var frames: [String: [(before: String, after: String)]] = [:]
    /// The colours of the keys of a map that leads to both, with the other colour's key, by the
    /// variable that it reads.
    private var tables: [String: [String: (color: Color, counterpart: String)]] = [:]

    init(bytes: [UInt8], hosts: ColorHosts, uses: Uses) {
      self.bytes = bytes
      self.hosts = hosts
      self.uses = uses
    }

    mutating func read(_ file: NginxConfiguration) {
      let root = file.root
      let all = root.allInside
      pairUpstreams(all.filter { $0.name == "upstream" })
      let passes = all.filter(\.passesOn).flatMap { $0.words.dropFirst() } + uses.targets
      if !passes.isEmpty { variables = passes.joined(separator: " ") }
      for word in passes + root.variables.values.joined() { addFrame(of: word) }
      for map in all where map.mapsValues { addTable(of: map, root.variables) }
      for map in uses.maps { addTable(ofOther: map, root.variables) }
      addBranches(all, root.variables)
      visit(root)
      places.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Pairs a blue upstream with a green one: their use, not their content, determines the active
    /// colour.
    private mutating func pairUpstreams(_ blocks: [NginxConfiguration.Directive]) {
      var own: [Color: [NginxConfiguration.Directive]] = [:]
      for block in blocks {
        upstreams[block.words.last ?? ""] = .some(nil)
        let colors = block.all("server").map { place(in: $0, 1)?.color }
        if let color = colors.first ?? nil, colors.allSatisfy({ $0 == color }) {
          own[color, default: []].append(block)
        }
      }
      let (blues, greens) = (own[.blue] ?? [], own[.green] ?? [])
      for blue in blues {
        let name = blue.words.last ?? ""
        let twin = name.replacing("blue", with: "green")
        let only = blues.count == 1 && greens.count == 1 ? greens.first : nil
        guard let green = greens.first(where: { $0.words.last == twin }) ?? only,
          let other = green.words.last
        else { continue }
        upstreams[name] = (.blue, other)
        upstreams[other] = (.green, name)
        definitions.formUnion((blue.allInside + green.allInside).map(\.line))
      }
    }

    private mutating func addFrame(of word: String) {
      let authority = word.firstRange(of: "://").map { word[$0.upperBound...] } ?? word[...]
      let parts = authority.prefix { $0 != "/" && $0 != "?" }
        .split(separator: "$", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count > 1 else { return }
      let isBraced = parts[1].hasPrefix("{")
      let name = parts[1].dropFirst(isBraced ? 1 : 0)
        .prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      let after = parts[1][name.endIndex...].dropFirst(isBraced ? 1 : 0)
      guard !parts[0].isEmpty || !after.isEmpty else { return }
      frames["$" + name, default: []].append((String(parts[0]), String(after)))
    }

    /// A map from a variable that the file sets to both colours' hosts is a definition: the value
    /// of the variable decides.
    private mutating func addTable(
      of map: NginxConfiguration.Directive, _ variables: [String: Set<String>]
    ) {
      let entries = map.block.compactMap { entry -> (key: String, color: Color)? in
        guard entry.words.count == 2, let place = place(in: entry, 1) else { return nil }
        return (entry.words[0], place.color)
      }
      if addTable(of: map, entries, variables) { definitions.formUnion(map.block.map(\.line)) }
    }

    /// Such a map in another file.
    private mutating func addTable(
      ofOther map: NginxConfiguration.Directive, _ variables: [String: Set<String>]
    ) {
      let entries = map.block.compactMap { entry -> (key: String, color: Color)? in
        guard entry.words.count == 2 else { return nil }
        let host = String(NginxConfiguration.Directive.authority(entry.words[1]))
        let names = [host, String(host.prefix { $0 != ":" })]
        let color = names.compactMap { owner(of: $0, isServer: false)?.color }.first
        return color.map { (entry.words[0], $0) }
      }
      _ = addTable(of: map, entries, variables)
    }

    /// Returns whether the map leads to both colours.
    private mutating func addTable(
      of map: NginxConfiguration.Directive, _ entries: [(key: String, color: Color)],
      _ variables: [String: Set<String>]
    ) -> Bool {
      guard map.words.count == 3, variables[map.words[1]] != nil,
        Set(entries.map(\.color)).count == 2
      else { return false }
      var table: [String: (color: Color, counterpart: String)] = [:]
      for entry in entries where entry.key != "default" {
        let other = entries.first { $0.key != "default" && $0.color != entry.color }
        if let other { table[entry.key] = (entry.color, other.key) }
      }
      guard table.count == 2 else { return false }
      tables[map.words[1]] = table
      return true
    }

    /// `if ($color = blue) { … }` and `if ($color = green) { … }` are definitions, too.
    private mutating func addBranches(
      _ all: [NginxConfiguration.Directive], _ variables: [String: Set<String>]
    ) {
      let branches = all.compactMap { branch in branch.comparison.map { (branch, $0) } }
      for (variable, its) in Dictionary(grouping: branches, by: { $0.1.variable })
      where variables[variable] != nil {
        var keys: [Color: Set<String>] = [:]
        var lines: [Int] = []
        for (branch, comparison) in its {
          let colors = Set(branch.allInside.compactMap { color(of: $0) })
          guard let color = colors.first, colors.count == 1 else { continue }
          keys[color, default: []].insert(comparison.value)
          lines += branch.allInside.map(\.line)
        }
        guard let blue = keys[.blue]?.first, let green = keys[.green]?.first, blue != green,
          keys.values.allSatisfy({ $0.count == 1 }), tables[variable] == nil
        else { continue }
        tables[variable] = [blue: (.blue, green), green: (.green, blue)]
        definitions.formUnion(lines)
      }
    }

    /// The colour that a directive sends requests to, or names in a variable.
    private func color(of directive: NginxConfiguration.Directive) -> Color? {
      let word = directive.passesOn ? 1 : directive.name == "set" ? 2 : nil
      return word.flatMap { place(in: directive, $0)?.color }
    }

    private mutating func visit(_ parent: NginxConfiguration.Directive) {
      for directive in parent.block {
        if let comparison = directive.comparison,
          tables[comparison.variable]?[comparison.value] != nil
        {
          continue
        }
        var word: Int?
        if parent.mapsValues {
          let isTable = tables[parent.words.dropFirst().first ?? ""] != nil
          word = directive.words.count > 1 && !isTable ? directive.words.count - 1 : nil
        } else if directive.name == "server", directive.block.isEmpty {
          word = definitions.contains(directive.line) ? nil : 1
        } else if directive.passesOn {
          word = 1
        } else if directive.name == "set" {
          word = 2
        }
        if let word, let place = place(in: directive, word, of: parent) { places.append(place) }
        visit(directive)
      }
    }

    /// The name in a directive's word, if it belongs to a colour.
    private func place(
      in directive: NginxConfiguration.Directive, _ word: Int,
      of parent: NginxConfiguration.Directive? = nil
    ) -> Place? {
      guard directive.words.indices.contains(word) else { return nil }
      let written = directive.places[word]
      let range = authority(in: written)
      let name = range.prefix { bytes[$0] != UInt8(ascii: ":") }
      let isServer = directive.name == "server" && parent?.mapsValues != true
      let variable =
        parent?.mapsValues == true ? parent?.words.last : directive.words.dropFirst().first
      if !isServer, !directive.passesOn, let variable,
        let place = part(of: directive, word, of: variable)
      {
        return place
      }
      for range in [range, name] {
        let name = String(decoding: bytes[range], as: UTF8.self)
        guard let owner = owner(of: name, isServer: isServer) else { continue }
        // A bare word may mean anything: `set $theme blue;`.
        let isBare = range == written.drop { bytes[$0] < 40 }.prefix { bytes[$0] >= 40 }
        if isBare, !isServer, !directive.passesOn, let variables, let variable,
          !variables.contains(variable.dropFirst())
        {
          return nil
        }
        return Place(
          range: range, line: directive.line, color: owner.color, name: name,
          counterpart: owner.counterpart,
          isStandby: isServer && directive.standsBy)
      }
      return nil
    }

    /// A variable's value that is a part of a colour's host, or a key to it.
    private func part(
      of directive: NginxConfiguration.Directive, _ word: Int, of variable: String
    ) -> Place? {
      let quotes = Set("\"'".utf8)
      let bare = directive.places[word].drop { quotes.contains(bytes[$0]) }
        .prefix { !quotes.contains(bytes[$0]) }
      let value = String(decoding: bytes[bare], as: UTF8.self)
      guard let owner = tables[variable]?[value] ?? part(value, of: variable) else { return nil }
      return Place(
        range: bare, line: directive.line, color: owner.color, name: value,
        counterpart: owner.counterpart, isStandby: false)
    }

    private func owner(
      of name: String, isServer: Bool
    ) -> (color: Color, counterpart: String)? {
      if !isServer, let upstream = upstreams[name] { return upstream }
      return hosts.owner(of: name)
    }

    /// The colour of a variable's value that is part of a host, and the other colour's value.
    private func part(
      _ value: String, of variable: String
    ) -> (color: Color, counterpart: String)? {
      for (before, after) in frames[variable] ?? [] {
        let whole = before + value + after
        let name = String(whole.prefix { $0 != ":" })
        for text in [whole, name] {
          guard let owner = owner(of: text, isServer: false) else { continue }
          let other = owner.counterpart + whole.dropFirst(text.count)
          guard other.count > before.count + after.count, other.hasPrefix(before),
            other.hasSuffix(after)
          else { continue }
          return (owner.color, String(other.dropFirst(before.count).dropLast(after.count)))
        }
      }
      return nil
    }

    /// The range of `HOST:PORT` in a word like `"http://HOST:PORT/path"`.
    private func authority(in word: Range<Int>) -> Range<Int> {
      let quotes = Set("\"'".utf8)
      var start = word.drop { quotes.contains(bytes[$0]) }.startIndex
      if let scheme = bytes[word].firstRange(of: Array("://".utf8)) { start = scheme.upperBound }
      let ends = quotes.union("/?$".utf8)
      return (start..<word.upperBound).prefix { !ends.contains(bytes[$0]) }
    }
  }
}
