import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ProxyKind") struct ProxyKindTests {
  @Test(
    arguments: [
      ("nginx", .nginx), ("registry.example.com:5000/nginxinc/nginx-unprivileged:1.28", .nginx),
      ("acme/nginx-proxy:2", .nginx), ("openresty/openresty:alpine", .nginx),
      ("nginxproxy/nginx-proxy@sha256:00", .nginxProxy), ("jwilder/docker-gen", .nginxProxy),
      ("jc21/nginx-proxy-manager", .nginxProxyManager), ("linuxserver/swag:3", .swag),
      ("traefik:v3", .traefik), ("traefik/whoami", nil),
      ("lucaslorentz/caddy-docker-proxy", .caddy),
      ("haproxy:3", .haproxy), ("envoyproxy/envoy", .envoy), ("httpd:2.4", .apache),
      ("nginx/nginx-prometheus-exporter", nil), ("lighttpd", nil), ("php:8-apache", nil),
      ("postgres:17", nil),
    ] as [(String, ProxyKind?)])
  func `an image shows the kind of a proxy`(image: String, kind: ProxyKind?) {
    #expect(ProxyKind(image: image) == kind)
  }

  @Test func `only nginx is not refused`() {
    for kind in ProxyKind.allCases {
      let refusal = kind.refusal(of: "service edge", before: "web")
      #expect((refusal == nil) == (kind == .nginx))
      #expect(refusal?.message.contains("\(kind.rawValue) (service edge)") ?? true)
    }
  }
}
