import DeployTesting
import SharedSteps

/// A plan with all the steps of this package, as a team would write it.
let shop = Deploy("shop", port: 8080, health: "/up") {
  DetectActive()
  ChatMessage("a deploy of the shop begins", to: .file("secrets/chat"))
  Up(.target)
  Health(retries: 5, every: 1)
  MigrationGate(tool: "bin/migrate")
  WarmUp("/", "/offers", ports: [.blue: 3003, .green: 3004], rounds: 2)
  SwapNginx()
  Reload()
  Stop(.previous)
  ChatMessage(to: .file("secrets/chat")) { "\(try $0.service(.active)) serves the shop" }
}

/// What nobody may see.
let webhook = "https://chat.example/hooks/7f3a9c"

/// A host with the shop on it.
func shopHost() -> SimulatedHost {
  SimulatedHost(for: shop) { $0.write("\(webhook)\n", to: "secrets/chat") }
}
