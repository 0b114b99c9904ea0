import DeployRunner

/// Two services that may be the colours of one application.
struct ColorPair: Codable, Hashable, Sendable {
  /// What both names share: `web` of `web-blue` and `web-green`.
  var stem: String
  var blue: String
  var green: String

  var services: [String] { [blue, green] }

  /// The pairs of a project, by their names: `web-blue`/`web-green`, `web`/`web-green`, `app_a`/`app_b`,
  /// `spring1`/`spring2`.
  ///
  /// - Parameter isServed: whether nginx sends requests to a service now. Two services without a
  ///   colour in their names that both get requests are replicas, not colours.
  static func all(in project: ComposeProject, isServed: (String) -> Bool) -> [ColorPair] {
    let services = project.services.keys.sorted()
    let byColor = services.compactMap { colored($0, among: services) }
    let taken = Set(byColor.flatMap(\.services))
    let byNumber = services.compactMap { numbered($0, among: services) }.filter { pair in
      taken.isDisjoint(with: pair.services) && !pair.services.allSatisfy(isServed)
        && isAlike(pair, in: project)
    }
    return (byColor + byNumber).sorted { $0.blue < $1.blue }
  }

  /// The pair of a service whose name says blue, or whose counterpart's name says green.
  private static func colored(_ service: String, among services: [String]) -> ColorPair? {
    if let place = service.lowercased().firstRange(of: "blue") {
      let range = service.index(at: place.lowerBound, of: service.lowercased())
      let word = service[range..<service.index(range, offsetBy: 4)]
      let twin = word == "BLUE" ? "GREEN" : word == "Blue" ? "Green" : "green"
      let green = service.replacing(word, with: twin, maxReplacements: 1)
      let rest = [service[..<range], service[service.index(range, offsetBy: 4)...]]
      let stem = rest.flatMap { $0.split { "-_.".contains($0) } }.joined(separator: "-")
      if services.contains(green) { return ColorPair(stem: stem, blue: service, green: green) }
      return services.contains(stem) ? ColorPair(stem: stem, blue: service, green: stem) : nil
    }
    let names = ["-", "_", "."].flatMap { ["\(service)\($0)green", "green\($0)\(service)"] }
    return names.first(where: services.contains).map {
      ColorPair(stem: service, blue: service, green: $0)
    }
  }

  /// The pair of a service that ends in 1 or A.
  private static func numbered(_ service: String, among services: [String]) -> ColorPair? {
    guard let last = service.last, "1aA".contains(last) else { return nil }
    let rest = service.dropLast()
    guard last == "1" || rest.last.map({ "-_.".contains($0) }) == true,
      let next = ["1": ("2", "3"), "a": ("b", "c"), "A": ("B", "C")][last]
    else { return nil }
    let green = "\(rest)\(next.0)"
    guard services.contains(green), !services.contains("\(rest)\(next.1)") else { return nil }
    let stem = rest.split { "-_.".contains($0) }.joined(separator: "-")
    return ColorPair(stem: stem, blue: service, green: green)
  }

  /// Whether both run the same program, perhaps in different versions.
  private static func isAlike(_ pair: ColorPair, in project: ComposeProject) -> Bool {
    let images = pair.services.map { name -> Substring? in
      let service = project.services[name]
      return service?.build != nil ? "" : service?.image.map { Version(image: $0).repository }
    }
    return images[0] == images[1]
  }
}

extension String {
  fileprivate func index(at place: String.Index, of other: String) -> String.Index {
    index(startIndex, offsetBy: other.distance(from: other.startIndex, to: place))
  }
}
