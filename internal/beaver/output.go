package beaver

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// writeOutputs writes the transport, once for each way of writing an event and each list of keys.
func (c *converter) writeOutputs() {
	c.put("output {")
	byCodec := func(in *input) string { return c.codecOf(in.format) }
	codecs := distinct(c.inputs, byCodec)
	for i, codec := range codecs {
		var ins []*input
		for _, in := range c.inputs {
			if byCodec(in) == codec {
				ins = append(ins, in)
			}
		}
		c.arm(i, len(codecs), "[@metadata][format]", distinct(ins, func(in *input) string { return in.format }))
		c.writeTransport(codec, ins)
	}
	if len(codecs) > 1 {
		c.put("}")
	}
	c.put("}")
}

// arm opens the i-th of n branches, for events that have one of the values in a field.
func (c *converter) arm(i, n int, field string, values []string) {
	if n == 1 {
		return
	}
	for k, v := range values {
		values[k] = c.verbatim(&item{key: field}, v)
	}
	condition := field + " == " + values[0]
	if len(values) > 1 {
		condition = field + " in [" + strings.Join(values, ", ") + "]"
	}
	switch i {
	case 0:
		c.put("if %s {", condition)
	case n - 1:
		c.put("} else {")
	default:
		c.put("} else if %s {", condition)
	}
}

func (c *converter) writeTransport(codec string, ins []*input) {
	switch c.transport {
	case "rabbitmq":
		c.writeRabbitMQ(codec)
	case "stdout":
		c.put("stdout {\n%s\n}", codec)
	case "redis":
		c.writeRedisKeys(codec, ins)
	}
}

func (c *converter) writeRedisKeys(codec string, ins []*input) {
	it := c.global("redis_namespace")
	lists := distinct(ins, (*input).key)
	if len(lists) > 1 && !slices.ContainsFunc(lists, func(l string) bool { return strings.Contains(l, ",") }) {
		c.writeRedis(codec, `"%{[@metadata][key]}"`)
		return
	}
	for i, l := range lists {
		c.arm(i, len(lists), "[@metadata][key]", []string{l})
		for key := range strings.SplitSeq(l, ",") {
			c.writeRedis(codec, c.quote(it, key))
		}
	}
	if len(lists) > 1 {
		c.put("}")
	}
}

// server is what a redis_url says.
type server struct{ host, port, db, user, password, socket, tls string }

func (c *converter) server(it *item, text string) (s server, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix" {
		c.fail(it, "%s is no address such as redis://host:6379/0", text)
		return s, false
	}
	s = server{host: u.Hostname(), port: u.Port(), db: strings.Trim(u.Path, "/")}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
		c.sources.Secret(s.password)
	}
	if u.Scheme == "unix" {
		s.socket, s.db = u.Path, ""
	}
	if db := u.Query().Get("db"); db != "" {
		s.db = db
	}
	if u.Scheme == "rediss" {
		s.tls = "1"
	}
	if s.port == "" {
		s.port = "6379"
	}
	if s.db == "0" {
		s.db = ""
	}
	if s.host == "" {
		s.host = "localhost"
	}
	return s, true
}

// servers gives those that one output can use: the first, and those that differ from it in their address only.
func (c *converter) servers(it *item) []server {
	var list []server
	for text := range strings.SplitSeq(it.value, ",") {
		s, ok := c.server(it, strings.TrimSpace(text))
		if !ok {
			return nil
		}
		if len(list) > 0 {
			like := list[0]
			like.host, like.port = s.host, s.port
			if s != like || s.socket != "" {
				c.todo(it, "%s has another database, user or password than the first server, and one output has one of each: left out", s.host)
				continue
			}
		}
		list = append(list, s)
	}
	return list
}

func (c *converter) writeRedis(codec, key string) {
	it := c.global("redis_url")
	list := c.servers(it)
	if len(list) == 0 {
		return
	}
	if len(list) > 1 {
		c.note(it, "Beaver goes round its servers; Castor uses one and another one when that fails")
	}
	kind := c.global("redis_data_type")
	if kind.value != "list" && kind.value != "channel" {
		c.fail(kind, "expected list or channel, got %q", kind.value)
	}
	first := list[0]
	c.flush()
	c.put("redis {")
	c.writeAddress(it, list)
	if first.db != "" {
		c.set("db", it, first.db)
	}
	if first.user != "" {
		c.set("username", it, first.user)
	}
	if password := c.global("redis_password"); first.password != "" {
		c.set("password", it, first.password)
	} else if password.value != "" {
		c.set("password", password, password.value)
	}
	if first.tls != "" {
		c.put("ssl_enabled => true")
	}
	c.put("data_type => %q", kind.value)
	c.put("key => %s", key)
	c.put("%s", codec)
	c.put("}")
}

func (c *converter) writeAddress(it *item, list []server) {
	first := list[0]
	switch {
	case first.socket != "":
		c.set("path", it, first.socket)
	case len(list) == 1:
		c.set("host", it, first.host)
		if first.port != "6379" {
			c.put("port => %s", first.port)
		}
	default:
		var hosts []string
		for _, s := range list {
			hosts = append(hosts, s.host+":"+s.port)
		}
		c.put("host => %s", c.array(it, hosts))
	}
}

func (c *converter) writeRabbitMQ(codec string) {
	if queue := c.global("rabbitmq_queue"); queue.value != "" {
		c.note(queue, "the queue is declared and bound here, as by Beaver; where the indexer's configuration declares it otherwise, give its input passive => true")
	}
	c.flush()
	c.put("rabbitmq {")
	text := func(option, key, usual string) {
		if it := c.global(key); it.value != usual {
			c.set(option, it, it.value)
		}
	}
	text("host", "rabbitmq_host", "")
	if port := c.global("rabbitmq_port"); port.value != "5672" {
		c.put("port => %d", c.number(port))
	}
	text("user", "rabbitmq_username", "guest")
	text("password", "rabbitmq_password", "guest")
	text("vhost", "rabbitmq_vhost", "/")
	text("exchange", "rabbitmq_exchange", "")
	text("exchange_type", "rabbitmq_exchange_type", "")
	c.put("durable => %t", c.truth(c.global("rabbitmq_exchange_durable")))
	text("key", "rabbitmq_key", "")
	text("queue", "rabbitmq_queue", "")
	c.put("queue_durable => %t", c.truth(c.global("rabbitmq_queue_durable")))
	if args := c.queueArguments(); len(args) > 0 {
		c.put("queue_arguments => %s", hash(args))
	}
	c.put("persistent => %t", c.number(c.global("rabbitmq_delivery_mode")) == 2)
	c.put(`message_properties => { "content_type" => "text/json" }`)
	c.put("connection_timeout => %d", 1000*c.number(c.global("rabbitmq_timeout")))
	if ssl := c.global("rabbitmq_ssl"); c.truth(ssl) {
		c.todo(ssl, `Beaver does not check whose certificate the server has; Castor does. ssl_verification_mode => "none" turns that off`)
		c.flush()
		c.put("ssl => true")
		text("ssl_key", "rabbitmq_ssl_key", "")
		text("ssl_certificate_path", "rabbitmq_ssl_cert", "")
		text("ssl_certificate_authorities", "rabbitmq_ssl_cacert", "")
	}
	c.put("%s", codec)
	c.put("}")
}

func (c *converter) queueArguments() []string {
	var args []string
	it := c.global("rabbitmq_arguments")
	for _, pair := range list(it.value) {
		name, value, ok := strings.Cut(pair, ":")
		if !ok {
			c.fail(it, "expected name:value pairs with commas between them, got %q", pair)
		}
		if _, err := strconv.Atoi(value); err != nil {
			value = strconv.Quote(value)
		}
		args = append(args, fmt.Sprintf("%q => %s", name, value))
	}
	if c.truth(c.global("rabbitmq_ha_queue")) {
		args = append(args, `"x-ha-policy" => "all"`)
	}
	return args
}
