import DeployDSL

// A deploy that asks before it switches, tries a slow start twice, and tells a chat how it went:
//
//   CHAT_URL=https://… bgrun Plans/grafana-careful.swift
//
// On a simulated host, or with --yes, nobody is asked.

Deploy("grafana", health: "/api/health") {
  DetectActive()
  Retry(1) {
    Up(.target)
    Health(retries: 15, every: 2)
  }
  Approve("Switch to the new version?").timeout(.minutes(15))
  SwapNginx()
  Reload()
  Watch(for: 10)
  Stop(.previous)
  When(.environment("CHAT_URL")) {
    Notify(.webhook(Secret("CHAT_URL")))
  } otherwise: {
    Print("nobody was told: CHAT_URL is not set")
  }
} onFailure: {
  Notify(.webhook(Secret("CHAT_URL")))
}
