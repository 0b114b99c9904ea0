#!/bin/sh
# Packages bgrun for hosts without Swift. It writes into a folder:
#   bgrun-VERSION-linux-ARCH.tar.gz   bin/bgrun, linked statically, and LICENSE
#   bgrun_VERSION_ARCH.deb            the same for Debian and Ubuntu
#   Dockerfile                        the recipe of an image for CI: docker build --tag bgrun FOLDER
#   bgrun-VERSION-linux-ARCH.spdx.json, SHA256SUMS
set -eu

usage() {
  echo "usage: Scripts/package.sh [--output DIR] [--objects FILE]"
  echo "  --output DIR     where to write; default: dist"
  echo "  --objects FILE   object code of bgrun: bgrun.o of an installation, or SwiftPM's"
  echo "                   Objects.LinkFileList; default: that of a release build, made now"
}

output=dist
objects=
while [ $# -gt 0 ]; do
  case $1 in
    --output | --objects)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      if [ "$1" = --output ]; then output=$2; else objects=$2; fi
      shift 2
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "package.sh: unknown word '$1'" >&2
      usage >&2
      exit 2
      ;;
  esac
done
fail() { echo "package.sh: $1" >&2; exit 6; }
[ "$(uname)" = Linux ] || fail "packages are made on Linux"
command -v swiftc > /dev/null || fail "there is no swiftc in PATH; install it from https://swift.org/install"
command -v dpkg-deb > /dev/null || fail "there is no dpkg-deb; install dpkg: apt-get install dpkg"
mkdir -p "$output"
output=$(cd "$output" && pwd)
case $objects in "" | /*) ;; *) objects=$PWD/$objects ;; esac
cd "$(dirname "$0")/.."

if [ -z "$objects" ]; then
  swift build --configuration release --product bgrun
  objects=$(swift build --configuration release --show-bin-path)/bgrun.product/Objects.LinkFileList
fi
[ -f "$objects" ] || fail "$objects does not exist"
case $objects in *.LinkFileList) linked=@$objects ;; *) linked=$objects ;; esac

version=$(sed -n 's/.*static let text = "\(.*\)"/\1/p' Sources/DeployRunner/Core/BgrunVersion.swift)
machine=$(uname -m)
case $machine in
  x86_64) debian=amd64 ;;
  aarch64) debian=arm64 ;;
  *) fail "no packages are made for $machine" ;;
esac
name=bgrun-$version-linux-$machine
# Equal sources make equal packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
export SOURCE_DATE_EPOCH
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

folder=$scratch/$name
mkdir -p "$folder/bin"
# As `bgrun build` links a program, without a plan.
swiftc -static-executable -use-ld=lld "$linked" -o "$folder/bin/bgrun" \
  -lFoundationEssentials -l_FoundationCShims -l_FoundationCollections \
  -Xlinker --defsym -Xlinker main=bgrun_main -Xlinker --gc-sections -Xlinker -s \
  > "$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
[ "$("$folder/bin/bgrun" --version)" = "bgrun $version" ] || fail "the linked bgrun does not run"
chmod 755 "$folder/bin/bgrun"
cp LICENSE "$folder/LICENSE"
chmod 644 "$folder/LICENSE"
tar --create --directory "$scratch" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
  --numeric-owner "$name" | gzip -n > "$output/$name.tar.gz"

package=$scratch/package
mkdir -p "$package/DEBIAN" "$package/usr/bin" "$package/usr/share/doc/bgrun"
cp "$folder/bin/bgrun" "$package/usr/bin/bgrun"
cp LICENSE "$package/usr/share/doc/bgrun/copyright"
cat > "$package/DEBIAN/control" <<EOF
Package: bgrun
Version: $version
Architecture: $debian
Maintainer: The bgrun authors <bgrun@localhost>
Section: admin
Priority: optional
Installed-Size: $(du -sk "$package/usr" | cut -f1)
Recommends: docker-ce | docker.io, docker-compose-plugin | docker-compose-v2
Description: blue-green deployment for Docker Compose hosts behind nginx
 Shows the status and history of deployed applications, rolls back and resumes.
 It is linked statically and needs no Swift. Programs that "bgrun build" makes of
 plans deploy without this package, too.
EOF
find "$package" -type d -exec chmod 755 {} +
chmod 644 "$package/DEBIAN/control" "$package/usr/share/doc/bgrun/copyright"
find "$package" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip --build "$package" "$output/bgrun_${version}_$debian.deb" \
  > /dev/null

cat > "$output/Dockerfile" <<EOF
# An image for CI: docker, Compose and bgrun. Programs of \`bgrun build\` run in it, too.
#   docker build --tag bgrun .
ARG BASE=docker:28-cli
FROM \$BASE
ADD $name.tar.gz /opt/
ENV PATH=/opt/$name/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
EOF

sum() { sha256sum "$1" | cut -d' ' -f1; }
# One package that is linked in: its SPDX id, name, version, license and origin.
part() {
  cat <<EOF
    {
      "SPDXID": "SPDXRef-$1", "name": "$2", "versionInfo": "$3", "filesAnalyzed": false,
      "downloadLocation": "$5", "licenseConcluded": "$4", "licenseDeclared": "$4",
      "copyrightText": "NOASSERTION"
    }
EOF
}
swift=$(swiftc --version 2> /dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
glibc=$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)
gcc=$(basename "$(dirname "$(clang -print-file-name=libstdc++.a)")")
binary=$(sum "$folder/bin/bgrun")
cat > "$output/$name.spdx.json" <<EOF
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "$name",
  "documentNamespace": "https://spdx.org/spdxdocs/$name-$binary",
  "creationInfo": {
    "created": "$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)",
    "creators": ["Tool: Scripts/package.sh"]
  },
  "packages": [
    {
      "SPDXID": "SPDXRef-bgrun", "name": "bgrun", "versionInfo": "$version",
      "filesAnalyzed": false, "downloadLocation": "NOASSERTION", "packageFileName": "bin/bgrun",
      "checksums": [{"algorithm": "SHA256", "checksumValue": "$binary"}],
      "licenseConcluded": "MIT", "licenseDeclared": "MIT",
      "copyrightText": "Copyright (c) 2026 The bgrun authors"
    },
$(part swift "Swift runtime, Foundation and Dispatch" "$swift" \
  "Apache-2.0 WITH Swift-exception" https://swift.org/install),
$(part glibc glibc "$glibc" LGPL-2.1-or-later https://www.gnu.org/software/libc),
$(part libstdcxx libstdc++ "$gcc" "GPL-3.0-or-later WITH GCC-exception-3.1" https://gcc.gnu.org)
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
      "relatedSpdxElement": "SPDXRef-bgrun"},
    {"spdxElementId": "SPDXRef-bgrun", "relationshipType": "STATIC_LINK",
      "relatedSpdxElement": "SPDXRef-swift"},
    {"spdxElementId": "SPDXRef-bgrun", "relationshipType": "STATIC_LINK",
      "relatedSpdxElement": "SPDXRef-glibc"},
    {"spdxElementId": "SPDXRef-bgrun", "relationshipType": "STATIC_LINK",
      "relatedSpdxElement": "SPDXRef-libstdcxx"}
  ]
}
EOF

cd "$output"
sha256sum "$name.tar.gz" "bgrun_${version}_$debian.deb" Dockerfile "$name.spdx.json" > SHA256SUMS
ls -l "$output" | sed 1d
