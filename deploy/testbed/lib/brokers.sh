# shellcheck shell=bash
# Redis and RabbitMQ from Debian's packages. Sourced by ../testbed.

fetch_redis() { need redis-server redis; }

start_redis() {
  launch redis "$3" redis-server --bind 127.0.0.1 --port "$1" --dir "$2" --save "" --appendonly no --daemonize no
}

ready_redis() {
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'PING\r\n' >&3
  IFS= read -r -t 5 line <&3 || line=
  exec 3>&-
  [[ $line == +PONG* ]]
} 2>/dev/null

# Debian's own wrapper changes to another user and the system's folders; the script behind it takes ours.
rabbitmq_bin=/usr/lib/rabbitmq/bin

fetch_rabbitmq() {
  [ -x "$rabbitmq_bin/rabbitmq-server" ] || need rabbitmq-server rabbitmq
  need epmd rabbitmq
}

start_rabbitmq() { # a name service of its own too: the machine's may belong to another user's Erlang
  local port=$1 data=$2 log=$3 names dist
  names=$(free_port)
  dist=$(free_port)
  mkdir -p "$run/rabbitmq-epmd"
  launch rabbitmq-epmd "$run/rabbitmq/epmd.log" epmd -port "$names" -address 127.0.0.1
  cat >"$data/rabbitmq.conf" <<C
listeners.tcp.1 = 127.0.0.1:$port
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = info
log.file = false
C
  echo '[].' >"$data/enabled_plugins"
  launch rabbitmq "$log" env HOME="$data" ERL_EPMD_PORT="$names" ERL_EPMD_ADDRESS=127.0.0.1 \
    ERL_CRASH_DUMP_SECONDS=0 \
    RABBITMQ_NODENAME="castor-$port@localhost" RABBITMQ_NODE_PORT="$port" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
    RABBITMQ_DIST_PORT="$dist" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    RABBITMQ_MNESIA_BASE="$data/mnesia" RABBITMQ_LOG_BASE="$data/log" RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_CONFIG_FILE="$data/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$data/enabled_plugins" \
    "$rabbitmq_bin/rabbitmq-server"
}

ready_rabbitmq() { # the protocol's greeting is answered by a method frame, type 1
  local first
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'AMQP\x00\x00\x09\x01' >&3
  IFS= read -r -t 5 -N 1 first <&3 || first=
  exec 3>&-
  [[ $first == $'\x01' ]]
} 2>/dev/null

stopped_rabbitmq() { stop_one rabbitmq-epmd >/dev/null; }
