# Runs a Docker engine in this process's own network and mount namespaces:
# machine.sh FOLDER PID NUMBER [MANAGER]
# It ends with the process PID, so that a killed test leaves nothing behind. Its address is
# 10.199.0.NUMBER, in the network of the process MANAGER if there is one.
set -e
mount --make-rprivate /
# Names of registries are refused at once instead of after twenty seconds.
echo 'nameserver 127.0.0.1' >"$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
mkdir -p /run/docker
mount -t tmpfs none /run/docker
ip link set lo up
if [ -z "${4:-}" ]; then
  ip link add swarm0 type bridge
else
  ip link add swarm0 type veth peer name "node$3" netns "$4"
  nsenter --net="/proc/$4/ns/net" ip link set "node$3" master swarm0 up
fi
ip addr add "10.199.0.$3/24" dev swarm0
ip link set swarm0 up
# What the nodes send each other is not for the manager's own firewall.
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true
dockerd --data-root "$1/data" --exec-root "$1/run" --host "unix://$1/docker.sock" \
  --pidfile "$1/docker.pid" >"$1/log" 2>&1 &
engine=$!
trap 'kill "$engine" 2>/dev/null || true; wait "$engine" || true; exit 0' TERM INT
while kill -0 "$2" 2>/dev/null && kill -0 "$engine" 2>/dev/null; do
  sleep 1 &
  wait $! || true
done
kill "$engine" 2>/dev/null || true
wait "$engine" || true
