package beaver

import "strings"

// known is an option of Beaver: what it is where the file does not say, the variable of the environment that can say it, and
// what becomes of it where nothing in a configuration of Castor corresponds.
type known struct{ key, def, env, note string }

// globals are the options of the section [beaver] that are not of another transport (beaver/config.py).
var globals = []known{
	{"rabbitmq_host", "localhost", "RABBITMQ_HOST", ""},
	{"rabbitmq_port", "5672", "RABBITMQ_PORT", ""},
	{"rabbitmq_ssl", "0", "", ""},
	{"rabbitmq_ssl_key", "", "", ""},
	{"rabbitmq_ssl_cert", "", "", ""},
	{"rabbitmq_ssl_cacert", "", "", ""},
	{"rabbitmq_vhost", "/", "RABBITMQ_VHOST", ""},
	{"rabbitmq_username", "guest", "RABBITMQ_USERNAME", ""},
	{"rabbitmq_password", "guest", "RABBITMQ_PASSWORD", ""},
	{"rabbitmq_queue", "logstash-queue", "RABBITMQ_QUEUE", ""},
	{"rabbitmq_exchange_type", "direct", "RABBITMQ_EXCHANGE_TYPE", ""},
	{"rabbitmq_exchange_durable", "0", "RABBITMQ_EXCHANGE_DURABLE", ""},
	{"rabbitmq_queue_durable", "0", "RABBITMQ_QUEUE_DURABLE", ""},
	{"rabbitmq_ha_queue", "0", "RABBITMQ_HA_QUEUE", ""},
	{"rabbitmq_arguments", "", "RABBITMQ_ARGUMENTS", ""},
	{"rabbitmq_key", "logstash-key", "RABBITMQ_KEY", ""},
	{"rabbitmq_exchange", "logstash-exchange", "RABBITMQ_EXCHANGE", ""},
	{"rabbitmq_timeout", "1", "", ""},
	{"rabbitmq_delivery_mode", "1", "", ""},
	{"redis_url", "redis://localhost:6379/0", "REDIS_URL", ""},
	{"redis_namespace", "logstash:beaver", "REDIS_NAMESPACE", ""},
	{"redis_data_type", "list", "REDIS_DATA_TYPE", ""},
	{"redis_password", "", "", ""},
	{"respawn_delay", "3", "", "nothing to do: Castor connects again for ever, with growing waits"},
	{"max_failure", "7", "", "nothing to do: Castor does not give up"},
	{"number_of_consumer_processes", "1", "", "nothing to do: one process sends in batches"},
	{"max_queue_size", "100", "", "nothing to do; --pipeline.max_inflight bounds what is read and not yet sent, in bytes"},
	{"update_file_mapping_time", "", "", ""},
	{"discover_interval", "15", "", ""},
	{"queue_timeout", "60", "", "nothing to do: there is no process that could hang"},
	{"refresh_worker_process", "", "", "nothing to do: there is no process to be started anew"},
	{"wait_timeout", "5", "", "nothing to do: nothing is polled"},
	{"sincedb_path", "", "", ""},
	{"logstash_version", "", "", ""},
	{"subprocess_poll_sleep", "1", "", "nothing to do: there is no tunnel"},
	{"zeromq_bind", "connect", "BEAVER_MODE", ""},
	{"files", "", "BEAVER_FILES", ""},
	{"format", "json", "BEAVER_FORMAT", ""},
	{"fqdn", "0", "", ""},
	{"hostname", "", "", ""},
	{"output", "", "", "start castor-shipper with -l and a folder for its log"},
	{"path", "/var/log", "BEAVER_PATH", ""},
	{"transport", "stdout", "BEAVER_TRANSPORT", ""},
	{"confd_path", "/etc/beaver/conf.d", "", ""},
	{"config", "", "", "nothing to do: castor-shipper -f names the configuration"},
	{"debug", "0", "", "start castor-shipper with --log.level debug"},
	{"daemonize", "0", "", "nothing to do: systemd runs castor-shipper"},
	{"pid", "", "", "nothing to do: systemd knows the process"},
	{"ignore_old_files", "0", "", ""},
}

// perFile are the options of a file's section.
var perFile = []known{
	{"add_field", "", "", ""},
	{"add_field_env", "", "", ""},
	{"debug", "0", "", "start castor-shipper with --log.level debug"},
	{"discover_interval", "15", "", "left out: Beaver itself uses only the one of [beaver]"},
	{"encoding", "utf_8", "", ""},
	{"exclude", "", "", ""},
	{"format", "", "", ""},
	{"ignore_empty", "0", "", ""},
	{"ignore_truncate", "0", "", "nothing to do: Castor tells a truncated file by its size and content"},
	{"delimiter", `\n`, "", ""},
	{"size_limit", "", "", ""},
	{"multiline_regex_after", "", "", ""},
	{"multiline_regex_before", "", "", ""},
	{"message_format", "", "", "left out: Beaver itself does not use it"},
	{"sincedb_write_interval", "15", "", "nothing to do: positions are recorded within a second of the acknowledgement"},
	{"stat_interval", "1", "", "nothing to do: Castor looks every second whether a file was rotated, and is told by the system when it grows"},
	{"start_position", "end", "", ""},
	{"tags", "", "", ""},
	{"tail_lines", "0", "", ""},
	{"type", "file", "", ""},
	{"redis_namespace", "", "", ""},
}

// transports are the ones of Beaver, each with how its options begin.
var transports = map[string]string{
	"redis": "redis_", "rabbitmq": "rabbitmq_", "stdout": "", "kafka": "kafka_", "mqtt": "mqtt_", "sns": "sns_", "sqs": "sqs_",
	"kinesis": "kinesis_", "tcp": "tcp_", "udp": "udp_", "zmq": "zeromq_", "stomp": "stomp_", "http": "http_",
}

func find(list []known, key string) *known {
	for i := range list {
		if list[i].key == key {
			return &list[i]
		}
	}
	return nil
}

// get gives an option's value: the file's, else the default; an empty text counts as none. It marks the option as seen to.
func (s *section) get(list []known, key string) *item {
	it := s.item(key)
	if it != nil {
		it.used = true
	}
	if it == nil || it.value == "" {
		return &item{key: key, value: find(list, key).def, pos: s.pos, end: s.end, used: true}
	}
	return it
}

// unused says what becomes of the options that were not converted.
func (c *converter) unused(s *section, list []known, transport string) {
	for _, it := range s.items {
		if it.used || it.value == "" || s.item(it.key) != it {
			continue
		}
		k := find(list, it.key)
		switch other := transportOf(it.key); {
		case strings.HasPrefix(it.key, "ssh_"):
			c.todo(it, "has no counterpart: keep the tunnel as a systemd service of its own (ssh -N -L …), or connect by TLS (ssl_enabled => true)")
		case other != "" && other != transport:
			c.note(it, "left out: it belongs to the transport %s, and %s is in use", other, transport)
		case k == nil:
			c.todo(it, "Beaver has no such option here: left out")
		case k.note != "":
			c.note(it, "%s", k.note)
		}
	}
}

// transportOf names the transport that an option belongs to.
func transportOf(key string) string {
	for name, prefix := range transports {
		if prefix != "" && strings.HasPrefix(key, prefix) {
			return name
		}
	}
	return ""
}
