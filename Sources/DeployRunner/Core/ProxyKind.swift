package import DeployDSL

/// The program that a proxy runs, recognised by its image.
///
/// bgrun switches nginx whose files people write. The others are recognised so that their users
/// learn at once what is possible.
package enum ProxyKind: String, Sendable, CaseIterable {
  case nginx
  /// nginx whose files docker-gen writes.
  case nginxProxy = "nginx-proxy (docker-gen)"
  case nginxProxyManager = "Nginx Proxy Manager"
  case swag = "SWAG"
  case traefik = "Traefik"
  case caddy = "Caddy"
  case haproxy = "HAProxy"
  case envoy = "Envoy"
  case apache = "Apache httpd"

  /// Recognises an image: `nginx:1.28`, `ghcr.io/nginxproxy/nginx-proxy@sha256:…`.
  package init?(image: String) {
    let path = image.lowercased().split(separator: "@")[0].split(separator: "/").map { part in
      part.prefix { $0 != ":" }
    }
    // nginx-prometheus-exporter serves no clients.
    guard let name = path.last, !name.contains("exporter") else { return nil }
    let owned = path.suffix(2).joined(separator: "/")
    let found = Self.known.first { kind, marks in
      marks.contains { mark in
        mark.contains("/") ? owned == mark : mark == "httpd" ? name == mark : name.contains(mark)
      }
    }
    guard let found else { return nil }
    self = found.0
  }

  /// The names of images, and those that mean a kind only under one owner. The first match counts.
  private static let known: [(ProxyKind, [String])] = [
    (.nginxProxyManager, ["nginx-proxy-manager", "npmplus"]),
    (.nginxProxy, ["nginxproxy/nginx-proxy", "jwilder/nginx-proxy", "docker-gen"]),
    (.swag, ["linuxserver/swag", "linuxserver/letsencrypt"]),
    (.traefik, ["traefik"]), (.caddy, ["caddy"]), (.haproxy, ["haproxy"]), (.envoy, ["envoy"]),
    (.apache, ["httpd", "bitnami/apache"]),
    (.nginx, ["nginx", "openresty", "angie", "tengine"]),
  ]

  /// Why bgrun cannot switch a proxy of this kind; `nil` for nginx.
  private var obstacle: String? {
    switch self {
    case .nginx: nil
    case .nginxProxy: "it writes nginx's files itself, from the labels of containers"
    case .nginxProxyManager: "it writes nginx's files itself, from its database"
    case .swag: "its nginx loads /config/nginx/nginx.conf, which bgrun does not read"
    default: "it has no nginx configuration"
    }
  }

  /// What lets the proxy send every request to the nginx in between.
  private var forwarding: String {
    switch self {
    case .nginx, .apache: "ProxyPass / http://app-nginx:80/"
    case .nginxProxy:
      "environment of app-nginx: VIRTUAL_HOST and LETSENCRYPT_HOST, as the application has now"
    case .nginxProxyManager: "proxy host: forward to app-nginx, port 80"
    case .swag: "set $upstream_app app-nginx; set $upstream_port 80;"
    case .traefik:
      "labels of app-nginx: those that the application has now, with "
        + "traefik.http.services.NAME.loadbalancer.server.port=80"
    case .caddy: "reverse_proxy app-nginx:80"
    case .haproxy: "server app app-nginx:80 check"
    case .envoy: "socket_address: { address: app-nginx, port_value: 80 }"
    }
  }

  /// Why a plan cannot work with this proxy, and what is possible instead; `nil` for nginx.
  ///
  /// - Parameters:
  ///   - place: the proxy, for the message: `service traefik`.
  ///   - blue: the service that serves now.
  package func refusal(of place: String, before blue: String) -> DeployError? {
    guard let obstacle else { return nil }
    return DeployError(
      .plan, "bgrun switches nginx; this project's proxy is \(rawValue) (\(place)): \(obstacle)",
      fix:
        "put an nginx between \(rawValue) and the colours, let \(rawValue) send every request to "
        + "it, and name it with Deploy(…, proxy: \"app-nginx\")",
      details: [
        "services:",
        "  app-nginx:",
        "    image: nginx:1.28",
        "    volumes: [\"./nginx:/etc/nginx/conf.d:ro\"]",
        "    restart: unless-stopped",
        "nginx/app.conf:",
        "  server { listen 80; location / { proxy_pass http://\(blue):PORT; } }",
        "\(rawValue):",
        "  \(forwarding)",
      ])
  }
}

extension ComposeProject {
  /// The kind of a service, by its image; `nil` for one that is not recognised.
  package func kind(of service: String) -> ProxyKind? {
    services[service]?.image.flatMap(ProxyKind.init(image:))
  }

  /// The first service that is a proxy which bgrun cannot switch, if there is no nginx.
  package var otherProxy: (service: String, kind: ProxyKind)? {
    guard !services.keys.contains(where: { kind(of: $0) == .nginx }) else { return nil }
    return services.keys.sorted().lazy.compactMap { name in
      self.kind(of: name).flatMap { $0 == .nginx ? nil : (name, $0) }
    }.first
  }
}
