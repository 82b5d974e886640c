# shellcheck shell=bash
# Processes by id: starting, knowing again, waiting for, stopping. Sourced by ../testbed, which sets run and deadline.

born() { # the start time of a process: with it a pid names one process for ever
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

launch() { # launch NAME LOG COMMAND...: in the background, in a session of its own, its pid remembered
  local name=$1 log=$2
  shift 2
  setsid "$@" >"$log" 2>&1 </dev/null &
  echo "$! $(born $!)" >"$run/$name/pid"
}

alive() {
  local pid since
  [ -s "$run/$1/pid" ] || return 1
  read -r pid since <"$run/$1/pid"
  [ -n "$since" ] && [ "$(born "$pid")" = "$since" ]
}

await() { # await NAME PORT: until it answers, dies, or the deadline passes
  local name=$1 port=$2 until=$((SECONDS + deadline))
  while ! "ready_$name" "$port"; do
    if ! alive "$name"; then
      echo "testbed: $name stopped while starting; the end of its log, $run/$name/log:" >&2
      tail -n 20 "$run/$name/log" >&2
      return 1
    fi
    if [ $SECONDS -ge $until ]; then
      echo "testbed: $name does not answer on port $port after ${deadline}s; the end of its log, $run/$name/log:" >&2
      tail -n 20 "$run/$name/log" >&2
      stop_one "$name"
      return 1
    fi
    sleep 0.2
  done
}

stop_one() { # politely, then not; the log stays
  local name=$1 pid _
  if alive "$name"; then
    read -r pid _ <"$run/$name/pid"
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      alive "$name" || break
      sleep 0.1
    done
    ! alive "$name" || kill -KILL -- "-$pid" 2>/dev/null || true
    echo "$name stopped"
  fi
  rm -f "$run/$name/pid"
  if declare -F "stopped_$name" >/dev/null; then "stopped_$name"; fi
}

taken() { # whether something listens on a loopback port
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() { # below the range from which the kernel gives ports to clients
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    taken "$port" || { echo "$port"; return; }
  done
}

port_for() {
  local wanted=CASTOR_TESTBED_PORT_${1^^}
  if [ -z "${!wanted:-}" ]; then
    free_port
  elif taken "${!wanted}"; then
    echo "testbed: port ${!wanted} of $wanted is taken" >&2
    return 1
  else
    echo "${!wanted}"
  fi
}

need() { # need COMMAND WHAT: a clear word instead of "command not found"
  command -v "$1" >/dev/null && return
  echo "testbed: $2 needs $1, which is not installed: run deploy/testbed/install" >&2
  return 1
}

http_ok() { # http_ok PORT PATH: whether GET answers 200, without needing curl
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
  IFS= read -r -t 10 line <&3 || line=
  exec 3>&-
  [[ $line == HTTP/1.*" 200 "* ]]
} 2>/dev/null
