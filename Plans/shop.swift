#!/usr/bin/env bgrun
// Several applications of one shop, from one file:
//   bgrun Plans/shop.swift --executor mock
//   bgrun Plans/shop.swift --executor mock --only web
import DeployDSL

// The web pages need the new interface: both are deployed, or none.
atomically {
  deploy("api", health: "/health")
  deploy("web", health: "/")
}

// These have nothing to do with each other.
inParallel(limit: 2) {
  deploy("mail", health: "/live")
  deploy("search", health: "/live")
  deploy("wiki", health: "/")
}

func deploy(_ name: String, health: String) {
  Deploy(name, site: Site("nginx/\(name).conf"), health: health) {
    DetectActive()
    Up(.target)
    Health(retries: 15, every: 2)
    SwapNginx()
    Reload()
    Drain()
    Stop(.previous)
  }
}
