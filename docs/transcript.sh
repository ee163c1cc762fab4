#!/usr/bin/env bash
# Prints docs/transcript.md: what a terminal shows of a real run. From the root of the repository, after `dotnet build`:
#   docs/transcript.sh > docs/transcript.md
set -euo pipefail
cd "$(dirname "$0")/.."

SILO=$PWD/Silo/bin/Debug/net10.0/ProjectSilo.dll
CLIENT=$PWD/tests/EndToEnd.Tests/node/hub-client.mjs
DEMO=/tmp/projectsilo-demo
rm -rf $DEMO
mkdir -p $DEMO/one $DEMO/two/.smc

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
(cd $DEMO/one && exec setsid env -i PATH="$PATH" HOME=$DEMO/one dotnet "$SILO" > $DEMO/greeting 2>&1 < /dev/null) &
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
