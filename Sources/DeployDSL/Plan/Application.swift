/// What is deployed: a Compose project's two services, its proxy and the files that join them.
public struct Application: Hashable, Sendable, Encodable {
  /// The name, as in `Deploy("grafana")`.
  public var name: String
  /// The service of the blue colour. Default: `NAME-blue`.
  package var blue: String
  /// The service of the green colour. Default: `NAME-green`.
  package var green: String
  /// The other services of the colours, which switch together with these two. Default: none.
  package var workers: [Worker] = []
  /// The Compose file, relative to the project folder; `nil` lets Compose find its own default.
  package var composeFile: String?
  /// The Compose project's name; `nil` lets Compose choose (the file's `name:`, else the folder).
  package var projectName: String?
  /// The service of the nginx proxy. Default: `nginx-proxy`.
  package var proxy: String
  /// The nginx site file and its two sources.
  package var site: Site
  /// The port inside the colours' containers; `nil` takes the first one of the Compose file.
  package var port: Int?
  /// The HTTP path that tells health. Default: `/`.
  package var health: String
  /// Environment for Compose interpolation in every command of the run, the plan's own among them.
  package var environment: [String: EnvironmentValue]

  /// The service of a colour that the proxy serves.
  public func service(_ color: Color) -> String { color == .blue ? blue : green }

  /// All services of a colour, the one that the proxy serves first.
  package func services(_ color: Color) -> [String] {
    [service(color)] + workers.map { $0.service(color) }
  }

  /// Whether a service is one that the proxy does not know.
  package func isCompanion(_ service: String) -> Bool {
    workers.contains { $0.blue == service || $0.green == service }
  }

  /// The file whose bytes make the proxy serve a colour.
  package func source(_ color: Color) -> String { color == .blue ? site.blue : site.green }
}

/// The nginx site file that the proxy includes, and the two files it is replaced by.
///
/// Where neither of the two exists and the plan names none, bgrun rewrites the site file: the places
/// that send requests to the active colour's service get the other one's, and every other byte
/// stays.
///
/// Paths are relative to the project folder.
public struct Site: Hashable, Sendable, Encodable {
  /// The file that the proxy loads. Default: `nginx/service.conf`.
  package var file: String
  /// The configuration for blue. Default: `FILE_blue.conf` beside the file, if there is one.
  package var blue: String
  /// The configuration for green. Default: `FILE_green.conf` beside the file, if there is one.
  package var green: String
  /// Where clients find the application, for example `https://grafana.example.com`: what Reload,
  /// Watch and `bgrun status` ask the proxy for. `nil` takes it from the site file.
  package var url: String?

  /// Names the site file and, where they do not lie beside it, its two sources.
  ///
  /// - Parameters:
  ///   - file: the file that the proxy loads. Default: `nginx/service.conf`.
  ///   - blue: the configuration for blue. Default: `nginx/service_blue.conf` for that file.
  ///   - green: the configuration for green. Default: `nginx/service_green.conf` for that file.
  ///   - url: where clients find the application, for example `https://grafana.example.com`. The
  ///     proxy on this machine is asked for it, whatever DNS says. Default: what `listen` and
  ///     `server_name` say in the server that sends requests to the colours.
  public init(
    _ file: String = "nginx/service.conf", blue: String? = nil, green: String? = nil,
    url: String? = nil
  ) {
    self.file = file
    self.url = url
    let stem = file.hasSuffix(".conf") ? String(file.dropLast(5)) : file
    self.blue = blue ?? "\(stem)_blue.conf"
    self.green = green ?? "\(stem)_green.conf"
  }

  /// Whether the plan names no sources of its own: if there are none, the file itself is rewritten.
  package var hasUsualSources: Bool { self == Site(file, url: url) }
}
