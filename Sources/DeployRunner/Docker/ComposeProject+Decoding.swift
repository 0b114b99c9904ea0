import BgrunSystem

extension ComposeProject {
  /// Reads the JSON of `docker compose config --format json`.
  package static func parse(_ json: String) throws -> ComposeProject {
    try JSONDecoder().decode(ComposeProject.self, from: Data(json.utf8))
  }
}

extension ComposeProject: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    name = try values.decode(String.self, forKey: "name")
    services = [:]
    if let networks = try? values.object("networks") {
      for key in networks.allKeys {
        let full = try? networks.object(key)?.text("name")
        self.networks[full ?? key.stringValue] = key.stringValue
      }
    }
    guard let services = try values.object("services") else { return }
    for service in services.allKeys {
      self.services[service.stringValue] =
        try services.decodeIfPresent(Service.self, forKey: service) ?? Service()
    }
  }
}

// Compose versions differ in their output: ignore optional entries that cannot be decoded, so that
// they do not prevent a deploy.

extension ComposeProject.Service: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    image = try? values.text("image")
    containerName = values.textOrNumber("container_name")
    let mounts = try? values.decodeIfPresent(
      [Lenient<ComposeProject.Mount>].self, forKey: "volumes")
    self.mounts = mounts?.compactMap(\.value)
    let ports = try? values.decodeIfPresent([Lenient<ComposeProject.Port>].self, forKey: "ports")
    self.ports = ports?.compactMap(\.value)
    if values.contains("expose") {
      let expose = try? values.decodeIfPresent([Lenient<TextOrNumber>].self, forKey: "expose")
      self.expose = expose?.compactMap(\.value?.text)
    }
    profiles = try? values.decodeIfPresent([String].self, forKey: "profiles")
    if let check = try? values.object("healthcheck") {
      let test = try? check.decodeIfPresent([String].self, forKey: "test")
      let isOff = (try? check.decodeIfPresent(Bool.self, forKey: "disable")) == true
      hasHealthCheck = !isOff && test?.first != "NONE"
      if hasHealthCheck { healthTest = test ?? [] }
      func time(_ field: JSONField) -> Duration? {
        check.textOrNumber(field).flatMap(Duration.init(compose:))
      }
      healthCheck = ComposeProject.HealthTiming(
        interval: time("interval"), startPeriod: time("start_period"),
        retries: try? check.number("retries"))
    }
    if let others = try? values.object("depends_on") {
      for other in others.allKeys {
        // Compose does not start it, nor insist on it.
        let isRequired = (try? others.object(other)?.decode(Bool.self, forKey: "required")) ?? true
        guard isRequired else { continue }
        dependencies[other.stringValue] =
          (try? others.object(other)?.text("condition")) ?? "service_started"
      }
    }
    let volumes = try? values.decodeIfPresent(
      [Lenient<ComposeProject.Volume>].self, forKey: "volumes")
    self.volumes = volumes?.compactMap(\.value) ?? []
    if let networks = try? values.object("networks") {
      self.networks = Set(networks.allKeys.map(\.stringValue))
      let fixed = ["aliases", "ipv4_address", "ipv6_address", "mac_address"]
      hasFixedNetworks = networks.allKeys.contains { network in
        let settings = try? networks.object(network)
        return settings?.allKeys.contains { fixed.contains($0.stringValue) } == true
      }
      let lists = networks.allKeys.map { name in
        try? networks.object(name)?.decodeIfPresent([String].self, forKey: "aliases")
      }
      aliases = Set(lists.flatMap { $0 ?? [] }).sorted()
    }
    peers = Self.peers(in: values)
    networkMode = try? values.text("network_mode")
    decodeRunning(values)
    let deploy = try? values.object("deploy")
    replicas = (try? values.number("scale")) ?? (try? deploy?.number("replicas"))
    if values.contains("build") {
      build = try? values.decodeIfPresent(ComposeProject.Build.self, forKey: "build")
    }
  }

  /// The hosts in the environment: `http://api:3000`, `redis://:secret@cache/0`, `api:3000`, and what a
  /// variable like `API_HOST` is set to.
  private static func peers(in values: KeyedDecodingContainer<JSONField>) -> Set<String> {
    guard let environment = try? values.object("environment") else { return [] }
    let hosts = environment.allKeys.compactMap { key -> Substring? in
      guard let value = environment.textOrNumber(key) else { return nil }
      if let mark = value.firstRange(of: "://") {
        let authority = value[mark.upperBound...].prefix { !"/?".contains($0) }
        return authority.split(separator: "@").last?.prefix { $0 != ":" }
      }
      let parts = value.split(separator: ":")
      if parts.count == 2, Int(parts[1]) != nil { return parts[0] }
      return key.stringValue.hasSuffix("HOST") ? value[...] : nil
    }
    return Set(hosts.map(String.init))
  }

  /// Decodes how its containers run.
  private mutating func decodeRunning(_ values: KeyedDecodingContainer<JSONField>) {
    let policy = try? values.object("deploy")?.object("restart_policy")
    let condition = policy.map { (try? $0.text("condition")) ?? "any" }
    restart = (try? values.text("restart")) ?? condition
    stopGracePeriod = values.textOrNumber("stop_grace_period").flatMap(Duration.init(compose:))
  }
}

extension Duration {
  /// Parses a time of Compose: `1m30s`, `500ms`.
  init?(compose text: String) {
    let units = ["us": 0.000_001, "ms": 0.001, "s": 1, "m": 60, "h": 3600]
    var (rest, seconds) = (text[...], 0.0)
    while !rest.isEmpty {
      let number = rest.prefix { $0.isNumber || $0 == "." }
      let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
      guard let count = Double(number), let length = units[String(unit)] else { return nil }
      seconds += count * length
      rest = rest.dropFirst(number.count + unit.count)
    }
    self = .seconds(seconds)
  }
}

extension ComposeProject.Port: Decodable {
  package init(from decoder: any Decoder) throws {
    // With variables as they are written, Compose keeps the short form: `127.0.0.1:${PORT}:3000`.
    if let short = try? decoder.singleValueContainer().decode(String.self) {
      let words = short.split(separator: "/")
      let parts = (words.first ?? "").partsOutsideBraces
      guard let target = parts.last.flatMap({ Int($0) }) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\(short) is not a port"))
      }
      self = Self(
        target: target, published: parts.dropLast().last.map(String.init), hostIP: nil,
        transport: words.dropFirst().first.map(String.init))
      return
    }
    let values = try decoder.container(keyedBy: JSONField.self)
    let text = try values.decode(TextOrNumber.self, forKey: "target").text
    guard let target = Int(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: "target", in: values, debugDescription: "\(text) is not a valid port")
    }
    self.target = target
    published = values.textOrNumber("published")
    hostIP = values.textOrNumber("host_ip")
    transport = values.textOrNumber("protocol")
  }
}

extension StringProtocol {
  /// The parts between colons outside of braces: `${TAG:-1}` has a colon of its own.
  package var partsOutsideBraces: [SubSequence] {
    var depth = 0
    return split { letter in
      depth += letter == "{" ? 1 : letter == "}" ? -1 : 0
      return letter == ":" && depth == 0
    }
  }
}

extension ComposeProject.Mount: Decodable {
  /// Rejects anything but bind mounts.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    guard try values.text("type") == "bind" else {
      throw DecodingError.dataCorruptedError(
        forKey: "type", in: values, debugDescription: "not of the host")
    }
    source = try values.decode(String.self, forKey: "source")
    target = try values.decode(String.self, forKey: "target")
  }
}

extension ComposeProject.Volume: Decodable {
  /// Rejects what is lost with the container.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    let type = try values.text("type")
    guard type == "bind" || type == "volume", let source = try values.text("source") else {
      throw DecodingError.dataCorruptedError(
        forKey: "type", in: values, debugDescription: "not kept")
    }
    self.source = source
    target = try values.decode(String.self, forKey: "target")
    isBind = type == "bind"
    isReadOnly = (try? values.decodeIfPresent(Bool.self, forKey: "read_only")) == true
  }
}

/// A value that is `nil` if it cannot be decoded.
private struct Lenient<Value: Decodable>: Decodable {
  var value: Value?
  init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

/// A string, or the number that another version writes instead.
private struct TextOrNumber: Decodable {
  var text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      text = "\(number)"
    } else {
      text = try container.decode(String.self)
    }
  }
}

extension KeyedDecodingContainer<JSONField> {
  fileprivate func textOrNumber(_ field: JSONField) -> String? {
    if let text = try? text(field) { return text }
    return (try? number(field)).map { "\($0)" }
  }
}
