#!/usr/bin/env bash
# The script that bgrun replaces, as such scripts are: the baseline of the measurements.
# Usage: deploy.sh, in the folder of the Compose project.
set -e
source .env

BLUE=grafana-blue
GREEN=grafana-green
PROXY=$COMPOSE_PROJECT_NAME-nginx-proxy-1

# 1. Which colour is live?
if docker ps | grep -q "$COMPOSE_PROJECT_NAME-$BLUE"; then
  CURRENT=$BLUE
  TARGET=$GREEN
  PORT=$GRAFANA_GREEN_PORT
  CONFIG=nginx/service_green.conf
else
  CURRENT=$GREEN
  TARGET=$BLUE
  PORT=$GRAFANA_BLUE_PORT
  CONFIG=nginx/service_blue.conf
fi
echo "current: $CURRENT, target: $TARGET"

# 2. Start the other one.
docker compose up -d "$TARGET"

# 3. Wait until it is healthy.
HEALTHY=false
for i in $(seq 1 15); do
  if curl -sf "http://$PORT/api/health" >/dev/null; then
    HEALTHY=true
    break
  fi
  echo "waiting for $TARGET ($i/15)"
  sleep 2
done

if [ "$HEALTHY" != true ]; then
  echo "$TARGET is not healthy"
  docker compose stop "$TARGET"
  exit 1
fi

# 4. Switch the proxy.
cp "$CONFIG" nginx/service.conf
if ! docker exec "$PROXY" nginx -t; then
  echo "the configuration is broken"
  exit 1
fi
docker exec "$PROXY" nginx -s reload

# 5. Stop the old one.
docker compose stop "$CURRENT"

# 6. Clean up.
docker image prune -f
echo "done: $TARGET is live"
