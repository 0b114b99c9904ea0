import DeployRunner

/// The project that `bgrun init --example` writes: two colours behind nginx, and a plan.
struct ExampleProject {
  /// The application's image, with its tag.
  var image = "traefik/whoami:v1.10"
  /// The version that the plan deploys unless another one is set.
  var next = "v1.11"
  var health = "/health"
  /// Whether the image is pulled from a registry.
  var isPulled = true

  private var repository: Substring { Version(image: image).repository }

  private var tag: String {
    let rest = image.dropFirst(repository.count + 1)
    return rest.isEmpty ? "latest" : String(rest)
  }

  /// The files, with the plan last.
  var files: [FirstPlan.File] {
    [
      .init(path: "compose.yaml", text: compose), .init(path: ".env", text: "TAG=\(tag)\n"),
      .init(path: "nginx/app.conf", text: site), .init(path: "Plans/app.swift", text: plan),
    ]
  }

  private var compose: String {
    """
    # Two colours behind nginx. Exactly one of them serves; bgrun alternates between them.
    services:
      app-blue: &app
        image: \(repository):${TAG}
        environment: { WHOAMI_PORT_NUMBER: "3000" }
        expose: ["3000"]
        restart: unless-stopped

      app-green: *app

      nginx:
        image: ${NGINX_IMAGE:-nginx:1.28}
        ports: ["${PORT:-8080}:80"]
        # The folder, not the file: a replaced file is not seen through the mount of a file.
        volumes: ["./nginx:/etc/nginx/conf.d:ro"]
        restart: unless-stopped

    """
  }

  private var site: String {
    """
    # bgrun changes app-blue to app-green and back.
    server {
      listen 80;
      server_name localhost;
      location / {
        proxy_pass http://app-blue:3000;
        proxy_set_header Host $http_host;
      }
    }

    """
  }

  private var plan: String {
    """
    import DeployDSL

    let tag = Parameter("tag", default: "\(isPulled ? next : tag)")

    Deploy(
      "app",
      proxy: "nginx",
      site: Site("nginx/app.conf"),
      health: "\(health)",
      environment: ["TAG": tag]
    ) {
      DetectActive()\(isPulled ? "\n  Pull(.target)" : "")
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Record("TAG")
      Stop(.previous)
      Prune()
    }

    """
  }
}
