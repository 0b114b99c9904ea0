#!/usr/bin/env bash
# Makes the images of hosts without Swift, from a Debian mirror and without any registry; what is
# there already is kept:
#   bgrun-debian     Debian and nothing else
#   bgrun-busybox    busybox and no library
set -euo pipefail
command -v mmdebstrap >/dev/null || {
  echo "make-roots.sh: needs mmdebstrap: apt-get install mmdebstrap" >&2
  exit 1
}
make() {
  local name=$1
  shift
  if docker image inspect "$name:latest" >/dev/null 2>&1; then return; fi
  mmdebstrap --quiet "$@" bookworm - | docker import - "$name:latest" >/dev/null
}
make bgrun-debian --variant=minbase
make bgrun-busybox --variant=extract --include=busybox-static
