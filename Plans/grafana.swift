#!/usr/bin/env bgrun
// Blue-green deploy of Grafana behind nginx: see Examples/grafana for the Compose project.
import DeployDSL

Deploy("grafana", health: "/api/health") {
  DetectActive()
  Up(.target)
  Health(retries: 15, every: 2)
  SwapNginx()
  Reload()
  Stop(.previous)
  Prune()
}
