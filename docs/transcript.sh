#!/usr/bin/env bash
# Prints docs/transcript.md: what a terminal shows of a real run. From the root of the repository, after `dotnet build`:
#   docs/transcript.sh > docs/transcript.md
set -euo pipefail
cd "$(dirname "$0")/.."

ROOT=$PWD
SILO=$PWD/Silo/bin/Debug/net10.0/ProjectSilo.dll
CLIENT=$PWD/tests/EndToEnd.Tests/node/hub-client.mjs
DEMO=/tmp/projectsilo-demo
rm -rf $DEMO
mkdir -p $DEMO/one/bin $DEMO/two/.smc

# What stands for programs that are large.
cat > $DEMO/one/bin/code-server <<'PROGRAM'
#!/bin/sh
exec python3 -m http.server --bind 127.0.0.1 --directory ~/notes "${1##*:}"
PROGRAM
cat > $DEMO/one/bin/smc-sagews2pdf <<'PROGRAM'
#!/bin/sh
printf '%s ' "$@" > "$3"
PROGRAM
chmod +x $DEMO/one/bin/*

# Runs one command line and shows it with what it prints, its exit code if that isn't 0.
run() {
  echo "\$ $1"
  local code=0
  eval "$1" 2>&1 || code=$?
  [ $code = 0 ] || echo "[exit code $code]"
}

await() {
  for _ in $(seq 300); do eval "$1" && return; sleep 0.1; done
  echo "did not happen: $1" >&2
  exit 1
}

# The daemon's one child, and what is in its session.
processes_of_the_job() { echo $(ps -o pid= -s "$(pgrep -P "$DAEMON")"); }

# Nothing of it runs; pid 1 may have yet to reap it.
has_ended() { ! grep -qs '^State:.[^Z]' "/proc/$1/status"; }
is_gone() { ! kill -0 "$1" 2> /dev/null; }

hub() { node "$CLIENT" --data "$DATA_FOLDER" "$@"; }
section() { printf '```\n\n## %s\n\n%s\n\n```console\n' "$1" "$2"; }

cat <<'INTRO'
# A run, from start to stop

What a terminal showed of a real run, made by [`transcript.sh`](transcript.sh) (`docs/transcript.sh > docs/transcript.md`, after `dotnet build`), which holds
every command. `silo` stands for `dotnet Silo/bin/Debug/net10.0/ProjectSilo.dll`, `hub` for `node tests/EndToEnd.Tests/node/hub-client.mjs --data DIR`: a
hub that shares no code with the daemon. Ids, pids, ports and times differ from run to run.

## A daemon on its own

No variable of a hub is set, so it makes its own project id, token and data folder.

INTRO

DATA_FOLDER=$DEMO/one/.local/state/projectsilo
alone() { (cd $DEMO/one && exec env -i PATH="$PATH" HOME=$DEMO/one dotnet "$SILO" "$@"); }
silo() { alone "$@"; }
echo '```console'
echo '$ HOME=/tmp/projectsilo-demo/one silo &'
# In a session of its own, as a terminal would start it.
(cd $DEMO/one && exec setsid env -i PATH="$DEMO/one/bin:$PATH" HOME=$DEMO/one dotnet "$SILO" > $DEMO/greeting 2>&1 < /dev/null) &
await "[ -e $DATA_FOLDER/hub-server.port ] && grep -q Stop $DEMO/greeting"
sed "s|dotnet $SILO|silo|" $DEMO/greeting
DAEMON=$(cat $DATA_FOLDER/project.pid)
run "ls -l $DATA_FOLDER | awk 'NR > 1 { print \$1, \$9, \$10, \$11 }'"

section 'Three commands' 'Unlocked by the token of that folder; each call is a connection of its own. An exit code other than 0 is an error, as a hub expects it.'
run "hub hello"
run "hub project_exec '{\"command\":\"echo\",\"args\":[\"xyz\",\"abc\"]}'"
run "hub project_exec '{\"command\":\"uname -sm; pwd\"}'"
run "hub project_exec '{\"command\":\"echo foo; echo bar >&2; exit 3\"}'"
run "silo call exec 'echo the same; exit 3'"

section 'Files, by a hub' 'Texts come in the answer. A blob comes behind its JSON message, either way: here from and to the file named last. A folder comes as `tar.bz2`.'
cd $DEMO/one
run "hub write_text_file_to_project '{\"path\":\"notes/a.txt\",\"content\":\"héllo\\nworld\\n\"}'"
run "ls -ld notes notes/a.txt | awk '{ print \$1, \$5, \$9 }'"
run "hub read_text_file_from_project '{\"path\":\"notes/a.txt\"}'"
run "head -c 1000000 /dev/urandom > $DEMO/sent"
run "hub write_file_to_project '{\"path\":\"data.bin\"}' $DEMO/sent"
run "hub read_file_from_project '{\"path\":\"data.bin\"}' $DEMO/received"
run "sha1sum < $DEMO/sent; sha1sum < data.bin; sha1sum < $DEMO/received"
run "hub read_file_from_project '{\"path\":\"notes\",\"archive\":\"tar.bz2\"}' $DEMO/notes.tar.bz2"
run "tar -tjf $DEMO/notes.tar.bz2"

section 'What goes wrong with files' 'The text events have errors without a prefix. A pipe is refused, not waited for.'
run "hub read_file_from_project '{\"path\":\"nope.txt\"}'"
run "hub read_text_file_from_project '{\"path\":\"nope.txt\"}'"
run "hub read_text_file_from_project '{\"path\":\"notes\"}'"
run "hub write_file_to_project '{\"path\":\"notes\"}' $DEMO/sent"
run "mkfifo pipe; hub read_text_file_from_project '{\"path\":\"pipe\"}'"
run "truncate -s 11M large; hub read_file_from_project '{\"path\":\"large\"}'"

section 'Files, by HTTP' 'For programs in the project: `curl`, the token and the port of the data folder.'
API=http://127.0.0.1:$(cat $DATA_FOLDER/api-server.port)/api/v1
TOKEN=$(cat $DATA_FOLDER/secret-token)
echo "\$ TOKEN=\$(cat $DATA_FOLDER/secret-token)"
echo "\$ API=http://127.0.0.1:\$(cat $DATA_FOLDER/api-server.port)/api/v1"
run 'curl -si -u "$TOKEN": -d path=b.txt --data-urlencode "content=bär & more" $API/write-text-file | tr -d "\r"'
run 'curl -si -u "$TOKEN": "$API/read-text-file?path=b.txt" | tr -d "\r"; echo'
run "curl -s -H \"Authorization: Bearer \$TOKEN\" -H 'Content-Type: application/json' -d '{\"path\":\"notes/a.txt\"}' \$API/read-text-file"
run 'curl -s -w "\n%{http_code}\n" -u "$TOKEN": "$API/read-text-file?path=nope.txt"'
run 'curl -s -w "\n%{http_code}\n" -u "$TOKEN": -d path=no/such/d.txt -d content=x $API/write-text-file'
run 'curl -s -w "\n%{http_code}\n" -u "$TOKEN": $API/read-text-file'
run 'curl -s -w "\n%{http_code}\n" -u wrong: "$API/read-text-file?path=b.txt"'
run 'curl -s -w "\n%{http_code}\n" -u "$TOKEN": $API/foo'

section 'A named server, and a worksheet as PDF' 'Scripts in `~/bin` stand for `code-server` and `smc-sagews2pdf`. The port is answered for when the process is launched, so `curl` tries until it answers.'
run "cat bin/code-server bin/smc-sagews2pdf"
run "hub named_server_port '{\"name\":\"code\"}'"
PORT=$(cat $DATA_FOLDER/named_servers/code/port)
run "curl -s --retry 50 --retry-connrefused --retry-delay 1 http://127.0.0.1:$PORT/a.txt"
run "cat $DATA_FOLDER/named_servers/code/command.sh"
run "hub named_server_port '{\"name\":\"foo\"}'"
# So that the next section sees only the job.
SERVER=$(cat $DATA_FOLDER/named_servers/code/pid)
kill "$SERVER" $(pgrep -P "$SERVER")
await "[ -z \"\$(pgrep -P $DAEMON)\" ]"
run "hub print_to_pdf '{\"path\":\"a.sagews\",\"options\":{\"title\":\"A title\"}}'"
run "cat a.pdf; echo"
run "hub print_to_pdf '{\"path\":\"a.txt\",\"options\":{}}'"
cd "$ROOT"

section 'Over conat' "The same daemon, called by node over the bus that it serves: [conat-session.mjs](conat-session.mjs), which needs socket.io's client and a MessagePack. Standalone it takes the
project's own token."
mkdir $DEMO/node
cp docs/conat-session.mjs $DEMO/node
cd $DEMO/node
npm install --no-audit --no-fund --loglevel=error socket.io-client @msgpack/msgpack > $DEMO/npm
echo '$ npm install socket.io-client @msgpack/msgpack'
run "node conat-session.mjs http://127.0.0.1:\$(cat $DATA_FOLDER/browser-server.port) $DATA_FOLDER"
run "ls -l $DEMO/one/demo | awk 'NR > 1 { print \$5, \$9 }'"
cd "$ROOT"

section 'A job, followed to its end' '`async_call` answers at once; `async_get` shows how far it is; `async_await` waits for the end.'
STARTED=$(hub project_exec '{"command":"for i in 1 2 3; do echo step $i; sleep 1; done","async_call":true}')
echo "\$ hub project_exec '{\"command\":\"for i in 1 2 3; do echo step \$i; sleep 1; done\",\"async_call\":true}'"
echo "$STARTED"
JOB=$(grep -o '"job_id":"[^"]*"' <<< "$STARTED" | cut -d '"' -f 4)
sleep 1.5
run "hub project_exec '{\"async_get\":\"$JOB\"}'"
run "hub project_exec '{\"async_get\":\"$JOB\",\"async_await\":true,\"async_stats\":true}'"

section 'SIGTERM, with everything that runs' 'A stubborn job with a child of its own. The daemon ends by the signal, and nothing of it is left.'
run "hub project_exec '{\"command\":\"trap \\\"\\\" TERM; sleep 1000 & sleep 2000; wait\",\"bash\":true,\"timeout\":0,\"async_call\":true}'"
await "[ \$(processes_of_the_job | wc -w) = 3 ]"
PIDS=$(processes_of_the_job)
run "ps -o pid,ppid,pgid,args --pid '$PIDS' | sed 's|/tmp/cocalc-......|/tmp/cocalc-…|'"
SECONDS=0
run "kill -TERM $DAEMON"
code=0; wait $! || code=$?
echo "[the daemon has ended after ${SECONDS} s; exit code $code = 128 + SIGTERM]"
for pid in $PIDS; do await "is_gone $pid"; done
run "ps -o pid,ppid,pgid,args --pid '$PIDS'"
run "ls $DATA_FOLDER"

section 'Under a hub' 'The environment and the command of a hub (single-machine mode); it polls for `hub-server.port`, and stops the process group.'
HOME2=$DEMO/two
DATA_FOLDER=$HOME2/.smc
printf %s "$(head -c 32 /dev/urandom | base64)" > $DATA_FOLDER/secret-token
echo 'echo "the init script runs in $PWD"' > $HOME2/project_init.sh
PROJECT=812abe34-a382-4bd1-9071-29b6f4334f03
as_the_hub() {
  cd $HOME2
  env -i PATH="$HOME2/bin:$HOME2/.local/bin:$PATH" HOME=$HOME2 BASE_PATH=/ DATA=$DATA_FOLDER LOGS=$DATA_FOLDER 'DEBUG=cocalc:*,-cocalc:silly:*' \
    COCALC_PROJECT_ID=$PROJECT COCALC_USERNAME=${PROJECT//-/} USER=${PROJECT//-/} COCALC_EXTRA_ENV="$(base64 <<< '{"COLOR":"blue"}')" \
    CONAT_SERVER=http://127.0.0.1:5000 COCALC_SECRET_TOKEN=$DATA_FOLDER/secret-token dotnet "$SILO" "$@"
}
run "(as_the_hub --daemon --init project_init.sh)"
echo "[exit code 0]"
await "[ -e $DATA_FOLDER/hub-server.port ]"
DAEMON=$(cat $DATA_FOLDER/project.pid)
run "ps -o pid,ppid,pgid,sid,tty --pid $DAEMON"
run "cat $DATA_FOLDER/info.json; echo"
await "[ -s $HOME2/project_init.log ]"
run "cat $HOME2/project_init.log"
run "hub hello"
run "hub project_exec '{\"command\":\"echo \$COLOR \$SMC \${CONAT_SERVER-unset}\"}'"
run "hub project_exec '{\"command\":\"sleep 3000 & wait\",\"timeout\":0,\"async_call\":true}'"
await "[ \$(processes_of_the_job | wc -w) = 2 ]"
PIDS="$DAEMON $(processes_of_the_job)"
run "ps -o pid,ppid,pgid,args --pid '$PIDS' | sed 's|/tmp/cocalc-......|/tmp/cocalc-…|; s|$SILO|ProjectSilo.dll|'"
SECONDS=0
run "kill -TERM -- -$DAEMON"
await "has_ended $DAEMON"
echo "[ended after ${SECONDS} s]"
for pid in $PIDS; do await "is_gone $pid"; done
run "ps -o pid,ppid,pgid,args --pid '$PIDS'"
run "ls $DATA_FOLDER"
echo '```'
rm -rf $DEMO
