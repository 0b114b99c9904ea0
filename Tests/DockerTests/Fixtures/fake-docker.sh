#!/bin/bash
# Is in front of the real docker on PATH, and fails once, at one chosen command.
#
# Beside it: `real` holds the path of the real docker; `rule` says `FAULT NTH WORDS`: what to do at
# the NTH command that contains WORDS. `matched` gets a line for each command that contains them.
here=$(dirname "$0")
real=$(<"$here/real")
fault=
if { read -r what nth words < "$here/rule"; } 2> /dev/null && [[ "$*" == *"$words"* ]]; then
  echo . >> "$here/matched"
  [[ $(wc -l < "$here/matched") -eq $nth ]] && fault=$what
fi
case $fault in
  kill-before) kill -KILL $PPID; exit 1 ;;
  kill-during) "$real" "$@" & kill -KILL $PPID; wait $!; exit 1 ;;
  kill-after) "$real" "$@"; kill -KILL $PPID; exit 1 ;;
  interrupt) kill -INT $PPID; sleep 0.2 ;;
  hang) exec sleep 300 ;;
  fail) echo "fake docker: connection lost" >&2; exit 1 ;;
  lie) "$real" "$@" > /dev/null 2>&1; echo "fake docker: connection lost" >&2; exit 1 ;;
esac
exec "$real" "$@"
