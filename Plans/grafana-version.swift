#!/usr/bin/env bgrun
// Builds the target in a chosen version and deploys it:
//   bgrun Plans/grafana-version.swift --project Examples/grafana --set version=12.3
import DeployDSL

let version = Parameter("version", default: "12.4")

Deploy("grafana", compose: "docker-compose.build.yaml", health: "/api/health") {
  DetectActive()
  Up(.target, environment: ["GRAFANA_VERSION": version], build: true)
  Health(retries: 15, every: 2)
  SwapNginx()
  Reload()
  Stop(.previous)
  Prune()
}
