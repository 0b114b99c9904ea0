#!/usr/bin/env bash
# Shows that the tests notice when the code breaks. It builds a copy in which a variable of the
# environment breaks any one of the lines that Tests/mutations.txt lists, and runs the tests that must
# fail then.
#
#   Scripts/mutations.sh [NUMBER ...]   tries all of them, or some; prints a table
#   Scripts/mutations.sh --check        looks whether the list still fits the code, in milliseconds
set -euo pipefail
cd "$(dirname "$0")/.."

# Reads the list and the lines it names. Prints the mutations, or what does not fit: each file must
# hold its line once, each test file must exist, and each room must have a mutation.
scan() {
  awk -v mode="$1" '
    function room(path) {
      sub(/^Sources\//, "", path)
      if (path ~ /^(DeployDSL|DeployRunner|bgrun)\/[^\/]*\//) {
        match(path, /^[^\/]*\/[^\/]*/)
      } else {
        match(path, /^[^\/]*/)
      }
      return substr(path, 1, RLENGTH)
    }
    function wrong(text) { print FILENAME ": " text > "/dev/stderr"; status = 1 }
    FILENAME == "Tests/mutations.txt" {
      if (/^#/ || /^$/) { part = 0; next }
      part++
      if (part == 1) harm[++count] = $0
      else if (part == 2) { file[count] = $1; suites[count] = $2; isWanted[$1] = 1 }
      else if (part == 3) { old[count] = substr($0, 3) }
      else new[count] = substr($0, 3)
      next
    }
    FNR == 1 {
      name = FILENAME
      sub(/.*\//, "", name)
      paths[name] = FILENAME
      if (FILENAME ~ /^Sources/ && room(FILENAME) !~ /^(BgrunSystem|DeployDSL|DeployRunner|bgrun)$/) rooms[room(FILENAME)] = 1
    }
    FILENAME ~ /^Tests/ { nextfile }
    name in isWanted { sub(/^ */, ""); found[name, $0]++ }
    END {
      FILENAME = "Tests/mutations.txt"
      for (n = 1; n <= count; n++) {
        path = paths[file[n]]
        delete rooms[room(path)]
        if (found[file[n], old[n]] != 1)
          wrong(harm[n] ": " file[n] " does not hold this line once: " old[n])
        if (new[n] !~ /mutated/) wrong(harm[n] ": the new line does not say `mutated`")
        split(suites[n], names, "|")
        for (i in names)
          if (!(names[i] ".swift" in paths)) wrong(harm[n] ": there is no file " names[i] ".swift")
        if (mode == "list")
          print n, room(path), path, suites[n], old[n], new[n], harm[n]
      }
      for (name in rooms) wrong("nothing is mutated in " name)
      exit status
    }
  ' OFS='\t' Tests/mutations.txt $(find Sources Tests -name '*.swift' -o -name '*.c')
}

if [[ ${1-} == --check ]]; then
  scan check
  exit
fi

copy=$PWD/.build/mutations
mkdir -p "$copy"
# What was built there stays.
find "$copy" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
git ls-files -z | tar -cf - --null -T - | tar -xf - -C "$copy"
mutations=$(scan list)
cd "$copy"

for target in Sources/*/; do
  [[ $target == Sources/*Bgrun*/ ]] || cat >"$target/Mutation.swift" <<'SWIFT'
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

let mutation = getenv("BGRUN_MUTATION").flatMap { Int(String(cString: $0)) } ?? 0
SWIFT
done
while IFS=$'\t' read -r number _ file _ old new _; do
  case $file in
    *.c)
      [[ $(head -1 "$file") == *mutation* ]] || printf '%s\n%s\n%s\n' '#define _GNU_SOURCE // mutation' '#include <stdlib.h>' \
        'static int mutation(void) { char *n = getenv("BGRUN_MUTATION"); return n ? atoi(n) : 0; }' |
        cat - "$file" >"$file.new"
      if [[ -f $file.new ]]; then mv "$file.new" "$file"; fi
      new=${new//mutated/(mutation() == $number)}
      ;;
    *) new=${new//mutated/(mutation == $number)} ;;
  esac
  OLD=$old NEW=$new awk '
    { line = $0; sub(/^ */, "", line) }
    line == ENVIRON["OLD"] { print ENVIRON["NEW"]; next }
    { print }
  ' "$file" >"$file.new"
  mv "$file.new" "$file"
done <<<"$mutations"

swift build --build-tests >build.log 2>&1 || { grep -E 'error:' build.log | sort -u; exit 1; }

# Runs suites with a mutation; prints what came of it.
try() {
  local status=0
  BGRUN_MUTATION=$1 timeout 600 swift test --skip-build --disable-xctest --skip DockerTests \
    --filter "/($2)\.swift" >"test-$1.log" 2>&1 || status=$?
  case $status in
    0) echo survived ;;
    124) echo hung ;;
    *) grep -oE 'with [0-9]+ issues?' "test-$1.log" | tail -1 | sed 's/with //' | grep . || echo crashed ;;
  esac
}

all=$(cut -f 4 <<<"$mutations" | paste -sd '|' -)
if [[ $(try 0 "$all") != survived ]]; then
  grep -E '✘' test-0.log | head -20
  echo "these suites fail without a mutation, too"
  exit 1
fi
status=0
while IFS=$'\t' read -r number room _ suites _ _ harm; do
  [[ $# == 0 || " $* " == *" $number "* ]] || continue
  result=$(try "$number" "$suites")
  if [[ $result == survived ]]; then
    status=1
    result=SURVIVED
  fi
  printf '%2d  %-26s %-11s %s (%s)\n' "$number" "$room" "$result" "$harm" "$suites"
done <<<"$mutations"
exit "$status"
