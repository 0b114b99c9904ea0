#!/usr/bin/env bash
# Makes the images that the Docker tests use, without any registry:
#   bgrun-base       Debian with nginx and curl, made with mmdebstrap from a Debian mirror
#   bgruntest-nginx  the proxy
#   bgruntest-app    a stand-in for grafana/grafana (app/main.swift), as 12.3 and 12.4
# What is there already is kept; --force makes the two latter anew.
set -euo pipefail
cd "$(dirname "$0")"
export DOCKER_BUILDKIT=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

have() { docker image inspect "$1" >/dev/null 2>&1; }

if ! have bgrun-base:latest; then
  command -v mmdebstrap >/dev/null || {
    echo "make-images.sh: needs mmdebstrap to make the base image: apt-get install mmdebstrap" >&2
    exit 1
  }
  mmdebstrap --quiet --variant=minbase --include=nginx-light,curl,ca-certificates \
    bookworm "$work/base.tar"
  docker import "$work/base.tar" bgrun-base:latest >/dev/null
  rm "$work/base.tar"
fi

# A change of the app makes a new label, and by that new images.
stamp=$(cat app/main.swift make-images.sh | sha256sum | cut -c1-16)
current=$(docker image inspect --format '{{index .Config.Labels "bgruntest"}}' \
  bgruntest-app:12.4 2>/dev/null || true)
if [[ "${1:-}" == --force || "$current" != "$stamp" ]]; then
  # A path of its own for the module cache: the script also runs inside `swift test`.
  mkdir "$work/app" "$work/nginx"
  swiftc -swift-version 6 -Osize -static-executable -module-cache-path "$work/modules" \
    -o "$work/app/app" app/main.swift 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
  docker build --quiet --label "bgruntest=$stamp" --tag bgruntest-nginx:latest \
    --file - "$work/nginx" <<'DOCKERFILE' >/dev/null
FROM bgrun-base:latest
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
DOCKERFILE
  for version in 12.3 12.4; do
    cat >"$work/app/Dockerfile" <<DOCKERFILE
FROM bgrun-base:latest
COPY app /usr/local/bin/app
ENV VERSION=$version
CMD ["/usr/local/bin/app"]
DOCKERFILE
    docker build --quiet --label "bgruntest=$stamp" --tag "bgruntest-app:$version" \
      "$work/app" >/dev/null
  done
fi
