#!/usr/bin/env bash
# Prints docs/status-transcript.md: formatters, a watched folder and the status as a node client has them in a real run. From the root of the repository, after
# `dotnet build` and `npm ci` in tests/EndToEnd.Tests/node and tests/Grains.Tests/node (for prettier):
#   docs/status-transcript.sh > docs/status-transcript.md
set -euo pipefail
cd "$(dirname "$0")/.."

SILO=${SILO:-$PWD/Silo/bin/Debug/net10.0/ProjectSilo.dll}
CLIENTS=$PWD/tests/EndToEnd.Tests/node
PRETTIER=$PWD/tests/Grains.Tests/node/node_modules/.bin
DEMO=$(mktemp -d /tmp/projectsilo-status-XXXXXX)
DATA_FOLDER=$DEMO/.local/state/projectsilo
SETTINGS=(COCALC_PROJECT_INFO_SCAN_INTERVAL_S=1 COCALC_STATUS_UPDATES_INTERVAL_S=5 PROJECTSILO_ProjectInfo__AlertDelay=00:00:03 PROJECTSILO_ProjectInfo__AlertPercent=${ALERT_PERCENT:-50})

(cd "$DEMO" && exec env -i PATH="$PRETTIER:$PATH" HOME="$DEMO" "${SETTINGS[@]}" dotnet "$SILO" --standalone > "$DEMO/.out" 2>&1) &
DAEMON=$!
trap 'kill $DAEMON; wait $DAEMON 2> /dev/null || true; rm -rf "$DEMO"' EXIT
for _ in $(seq 300); do [ -e "$DATA_FOLDER/browser-server.port" ] && break; sleep 0.1; done
PORT=$(cat "$DATA_FOLDER/browser-server.port")

# A check of a client: its command, and what it prints of the daemon's answers.
section() {
  printf '\n## %s\n\n%s\n\n```console\n$ node %s PORT DATA HOME %s\n' "$1" "$2" "$3" "$4"
  node "$CLIENTS/$3" "$PORT" "$DATA_FOLDER" "$DEMO" "$4" 2>&1 | sed "s|$DEMO|\$HOME|g; s/[[:space:]]*$//"
  echo '```'
}

cat <<INTRO
# Folders, status and formatters, seen by a client

What real runs printed, made by [\`status-transcript.sh\`](status-transcript.sh). The daemon is standalone, the clients are those of the end-to-end tests: \`socket.io-client\`
and the wire, no code of ours; each also checks what it prints against \`ps\`, \`/proc\` and \`statfs\`. So as not to take minutes, the daemon ran with
\`${SETTINGS[*]}\`.
INTRO
section 'A listing that follows its folder' 'A key of the store `listings`, as it changes. The debounce is the real one: 2 s.' status-client.mjs listing
section 'A process that eats' 'It holds 100 MB and one processor, and its arguments have parentheses and a line break. The alert comes, and goes when it is killed.' status-client.mjs status
section 'The usage of a notebook that does not run' 'The first request is what has it watched.' status-client.mjs usage
section 'Formatters' 'Each that this machine has, with a text that it takes and one that it refuses. How to get the others: [formatters.md](formatters.md).' project-client.mjs formatters
