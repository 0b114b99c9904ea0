import DeployTesting

/// The plan of these tests: a shop whose database is migrated before the switch.
let shop = Deploy("shop", port: 8080, health: "/up") {
  DetectActive()
  Up(.target)
  Health(retries: 5, every: 1)
  Migrate()
  SwapNginx()
  Reload()
  Stop(.previous)
}

/// A step of one's own that can be taken back.
struct Migrate: UndoableStep {
  func run(in context: StepContext) async throws {
    try await context.exec(.target, "bin/migrate", "up")
    context.log("the database is migrated")
  }

  func undo(in context: StepContext) async throws {
    try await context.exec(.target, "bin/migrate", "down")
  }
}

/// What a deploy of the shop does to the host.
let shopCommands = [
  "docker compose up … shop-green",
  "docker exec shop-shop-green-1 bin/migrate up",
  "overwrite nginx/service.conf with nginx/service_green.conf …",
  "docker exec shop-nginx-proxy-1 nginx -s reload",
  "docker stop … shop-shop-blue-1",
]
