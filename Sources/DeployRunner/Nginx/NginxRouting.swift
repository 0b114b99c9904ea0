/// Routing of requests in an nginx configuration.
extension NginxConfiguration.Directive {
  /// The directives that forward a request.
  private static let passes: Set = [
    "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass",
  ]
  private static let mapping: Set = ["map", "split_clients", "geo"]

  /// Whether it forwards requests.
  var passesOn: Bool { Self.passes.contains(name) }

  /// What an `if ($variable = value)` compares.
  var comparison: (variable: String, value: String)? {
    guard name == "if", let first = words.dropFirst().first, let last = words.last,
      first.hasPrefix("("), last.hasSuffix(")")
    else { return nil }
    let text = words.dropFirst().joined(separator: " ").dropFirst().dropLast()
    let parts = text.split(separator: " ")
    guard parts.count == 3, parts[0].hasPrefix("$"), parts[1] == "=" else { return nil }
    let quotes = Set("\"'")
    let value = parts[2].drop { quotes.contains($0) }.prefix { !quotes.contains($0) }
    return (String(parts[0]), String(value))
  }

  /// The addresses of an upstream's servers, as written.
  var serverWords: [String] { all("server").compactMap { $0.words.dropFirst().first } }

  /// Whether it is an upstream server that gets requests only when others fail, or never.
  package var standsBy: Bool { words.contains("backup") || words.contains("down") }

  /// Whether it maps a variable to one of the values in its block.
  var mapsValues: Bool { Self.mapping.contains(name) }

  /// The directive by which some hosts get requests over a protocol other than HTTP:
  /// `fastcgi_pass`; `nil` if they get HTTP, or no requests.
  package func passesOtherThanHTTP(to hosts: Set<String>) -> String? {
    let all = allInside
    let upstreams = all.filter { block in
      block.name == "upstream"
        && !hosts.isDisjoint(with: block.serverWords.flatMap { SiteText.hosts(in: $0[...]) })
    }
    let targets = hosts.union(upstreams.compactMap(\.words.last))
    let variables = variables
    let passes = all.filter { $0.passesOn && $0.leads(to: targets, variables) }.map(\.name)
    return passes.contains("proxy_pass") ? nil : passes.first
  }

  /// The possible values of variables, from `set` and from maps.
  package var variables: [String: Set<String>] {
    var values: [String: Set<String>] = [:]
    for directive in allInside {
      if directive.name == "set", directive.words.count == 3 {
        values[directive.words[1], default: []].insert(directive.words[2])
      } else if directive.mapsValues, let name = directive.words.last {
        values[name, default: []].formUnion(
          directive.block.compactMap { $0.words.count > 1 ? $0.words.last : nil })
      }
    }
    return values
  }

  /// Whether it, or anything in it, forwards requests to one of the hosts.
  func leads(to hosts: Set<String>, _ variables: [String: Set<String>]) -> Bool {
    allInside.contains { directive in
      guard directive.passesOn, let word = directive.words.dropFirst().first
      else { return false }
      return Self.resolved(word, variables).contains {
        !hosts.isDisjoint(with: SiteText.hosts(in: Self.authority($0)))
      }
    }
  }

  /// The name of the site by which a `map` sends a server's requests to one of the hosts: other
  /// names may lead to other applications.
  func mappedName(leadingTo hosts: Set<String>, in server: NginxConfiguration.Directive) -> String?
  {
    allInside.lazy.filter { map in
      map.name == "map" && ["$host", "$http_host"].contains(map.words.dropFirst().first)
        && server.passWords.contains { $0.contains(map.words.last ?? " ") }
    }.flatMap(\.block).first { entry in
      entry.words.count == 2 && entry.words[0].contains(".")
        && !entry.words[0].contains { "*~".contains($0) } && !entry.words[0].hasPrefix(".")
        && !hosts.isDisjoint(with: SiteText.hosts(in: Self.authority(entry.words[1])))
    }?.words.first
  }

  /// The targets of its requests, as written.
  package var passWords: [String] {
    allInside.filter(\.passesOn).flatMap { $0.words.dropFirst().prefix(1) }
  }

  /// All targets of requests, as `HOST` or `HOST:PORT`: upstream servers, targets of pass
  /// directives, and values of variables.
  package var backends: Set<String> {
    let words = allInside.flatMap { directive -> [String] in
      switch directive.name {
      case "upstream": directive.serverWords
      case "set": Array(directive.words.dropFirst(2))
      case _ where directive.mapsValues:
        directive.block.compactMap { $0.words.count > 1 ? $0.words.last : nil }
      case _ where directive.passesOn: Array(directive.words.dropFirst().prefix(1))
      default: []
      }
    }
    let upstreams = allInside.filter { $0.name == "upstream" }.compactMap(\.words.last)
    let values = variables
    let resolved = words.flatMap { Self.resolved($0, values) }
    return Set(resolved.map { String(Self.authority($0)) }).subtracting(upstreams)
  }

  /// `HOST:PORT` of `http://HOST:PORT/path`.
  static func authority(_ word: String) -> Substring {
    let rest = word.firstRange(of: "://").map { word[$0.upperBound...] } ?? word[...]
    return rest.prefix { $0 != "/" }
  }

  /// The maximum number of values of a word, and the maximum nesting of variables.
  private static let (maximumValues, depth) = (64, 5)

  /// The possible values of a word with its variables substituted; unknown variables are kept.
  package static func resolved(
    _ word: String, _ variables: [String: Set<String>]
  ) -> Set<String> { resolved(word, variables, depth: depth) }

  private static func resolved(
    _ word: String, _ variables: [String: Set<String>], depth: Int
  ) -> Set<String> {
    guard depth > 0, let dollar = word.firstIndex(of: "$") else { return [word] }
    let rest = word[word.index(after: dollar)...]
    let isBraced = rest.hasPrefix("{")
    let name = rest.dropFirst(isBraced ? 1 : 0).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    let tail = rest[name.endIndex...].dropFirst(isBraced ? 1 : 0)
    let tails = resolved(String(tail), variables, depth: depth - 1)
    let values = variables["$" + name].map(Array.init) ?? ["$" + name]
    let known = values.flatMap { value in
      value.contains("$") && variables["$" + name] != nil
        ? Array(resolved(value, variables, depth: depth - 1)) : [value]
    }
    let all = known.flatMap { value in tails.map { word[..<dollar] + value + $0 } }
    return Set(all.prefix(maximumValues).map { String($0) })
  }
}
