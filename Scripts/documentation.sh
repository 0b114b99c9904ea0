#!/bin/sh
# Builds the documentation of the libraries, the guides among it, into .build/documentation, and
# writes the public API, a line for each symbol, to .build/documentation/api.txt.
#
# It fails with what is wrong if docc has a warning or a public symbol has no documentation.
# To read it: docc preview, or any web server in .build/documentation/NAME.doccarchive.
set -eu
cd "$(dirname "$0")/.."

out=.build/documentation
built=$(swift build --show-bin-path)
triple=$(swiftc -print-target-info | sed -n 's/^ *"triple": "\(.*\)",*$/\1/p' | head -1)
docc=$(xcrun --find docc 2>/dev/null || command -v docc) || {
  echo "documentation.sh: there is no docc in PATH; it comes with the Swift toolchain" >&2
  exit 6
}

# What the tests were built with will do: nothing is compiled a second time.
swift build --target DeployTesting
rm -rf "$out"

# In the order in which they import each other, so that links into the earlier ones are found.
earlier=
for module in DeployDSL DeployRunner DeploySimulator DeployTesting; do
  mkdir -p "$out/symbols/$module"
  swift symbolgraph-extract -module-name "$module" -target "$triple" \
    -I "$built/Modules" -I "$built/CBgrun.build" -output-dir "$out/symbols/$module" \
    -minimum-access-level public -emit-extension-block-symbols -skip-synthesized-members
  # The words are options and paths of ours, without spaces.
  # shellcheck disable=SC2086
  "$docc" convert "Sources/$module/$module.docc" --warnings-as-errors \
    --additional-symbol-graph-dir "$out/symbols/$module" \
    --output-dir "$out/$module.doccarchive" \
    --fallback-display-name "$module" --fallback-bundle-identifier "bgrun.$module" \
    --enable-experimental-external-link-support $earlier
  earlier="$earlier --dependency $out/$module.doccarchive"
done

swift Scripts/api-listing.swift "$out"/symbols/*/*.symbols.json >"$out/api.txt"
echo "$out: $(wc -l <"$out/api.txt" | tr -d ' ') public symbols, each documented; see $out/api.txt"
