#!/bin/sh
# Builds bgrun and installs it under a prefix: PREFIX/bin/bgrun and, for the plans it compiles and the
# programs it builds of them, PREFIX/lib/bgrun. Running it again replaces what is there.
set -eu

usage() {
  echo "usage: Scripts/install.sh --prefix DIR"
}

prefix=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      prefix=$2
      shift 2
      ;;
    --prefix=*)
      prefix=${1#--prefix=}
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "install.sh: unknown word '$1'" >&2
      usage >&2
      exit 2
      ;;
  esac
done
[ -n "$prefix" ] || { usage >&2; exit 2; }
command -v swift > /dev/null || {
  echo "install.sh: there is no swift in PATH; install it from https://swift.org/install" >&2
  exit 6
}

mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
cd "$(dirname "$0")/.."
swift build --configuration release --product bgrun
built=$(swift build --configuration release --show-bin-path)

# Each file takes the place of the old one in one step, so that a bgrun that is running, or a plan
# that is being compiled, keeps the version it began with.
put() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  chmod "$3" "$2.new"
  mv -f "$2.new" "$2"
  echo "installed $2"
}
# What `bgrun build` links into programs: bgrun's object code, as one file without debugging
# information.
if [ "$(uname)" = Linux ]; then
  tools=$(dirname "$(readlink -f "$(command -v swift)")")
  # One argument a line; SwiftPM writes the paths quoted.
  "$tools/ld.lld" -r -o "$built/bgrun.o" "@$built/bgrun.product/Objects.LinkFileList"
  "$tools/llvm-objcopy" --strip-debug "$built/bgrun.o"
  put "$built/bgrun.o" "$prefix/lib/bgrun/bgrun.o" 644
fi
put "$built/Modules/DeployDSL.swiftmodule" "$prefix/lib/bgrun/modules/DeployDSL.swiftmodule" 644
# What editors show about the words of a plan.
put "$built/Modules/DeployDSL.swiftdoc" "$prefix/lib/bgrun/modules/DeployDSL.swiftdoc" 644
put "$built/bgrun" "$prefix/bin/bgrun" 755
# Completions and the manual page, where shells and man look for those of a prefix.
generated=$(mktemp)
generate() {
  "$prefix/bin/bgrun" $1 > "$generated"
  put "$generated" "$prefix/share/$2" 644
}
generate "completions bash" bash-completion/completions/bgrun
generate "completions zsh" zsh/site-functions/_bgrun
generate "completions fish" fish/vendor_completions.d/bgrun.fish
generate "help man" man/man1/bgrun.1
rm "$generated"

cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
BGRUN_CACHE=$cache "$prefix/bin/bgrun" check Plans/grafana.swift
case :$PATH: in
  *:"$prefix/bin":*) ;;
  *) echo "note: $prefix/bin is not in PATH" ;;
esac
