package beaver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// own are the fields that Beaver and the file input set themselves.
var own = []string{"type", "tags", "message", "file", "path", "host", "@timestamp", "@version", "@metadata"}

// fields converts add_field and add_field_env.
func (c *converter) fields(in *input, add, env *item) {
	lists := c.pairs(add, list(add.value))
	values := c.pairs(env, list(strings.ReplaceAll(env.value, " ", "")))
	for _, p := range lists {
		if name := c.fieldName(add, p[0]); name != "" && !slices.ContainsFunc(values, func(v [2]string) bool { return v[0] == p[0] }) {
			in.added = append(in.added, c.verbatim(add, name)+" => "+c.quote(add, p[1]))
			in.lists = append(in.lists, name)
		}
	}
	for _, p := range values {
		if name := c.fieldName(env, p[0]); name != "" {
			in.added = append(in.added, c.verbatim(env, name)+" => "+c.verbatim(env, "${"+p[1]+":}"))
		}
	}
}

func (c *converter) pairs(it *item, words []string) [][2]string {
	if len(words)%2 == 1 {
		c.fail(it, "expected pairs of a name and a value, got %d words", len(words)).Hint = "write " + it.key + ": name,value,name,value; no value can have a comma"
		return nil
	}
	var pairs [][2]string
	for i := 0; i < len(words); i += 2 {
		pairs = append(pairs, [2]string{words[i], words[i+1]})
	}
	return pairs
}

// fieldName is the field's name in Castor, an empty text where it cannot be added.
func (c *converter) fieldName(it *item, name string) string {
	switch {
	case c.names.fields != "":
	case slices.Contains(own, name):
		c.todo(it, "%s would take the place of the event's own field: left out; mutate { replace => … } in the filter section can do that", name)
		return ""
	}
	if strings.ContainsAny(name, "[]") {
		c.todo(it, "%s is no name of a field in Logstash's language: left out", name)
		return ""
	}
	if c.names.fields != "" {
		return c.names.fields + "[" + name + "]"
	}
	return name
}

func (c *converter) writeFilters() {
	c.put("filter {")
	c.writeNames()
	c.writeIgnoreEmpty()
	c.writeRawJSON()
	c.put("}")
	c.put("")
}

// writeNames writes the fields as Beaver has them. What a mutate filter does comes in its own order, the names first.
func (c *converter) writeNames() {
	host := c.global("hostname")
	switch fqdn := c.global("fqdn"); {
	case host.value != "" || !c.truth(fqdn):
	case fqdn.pos.IsValid():
		c.note(fqdn, "Beaver itself heeds only the flag --fqdn: host is the machine's name, as there")
		c.flush()
	default:
		c.todo(fqdn, `host is the machine's name as the system gives it: set the full one by replace => { %q => "node1.example.org" }`, c.names.host)
		c.flush()
	}
	c.put("mutate {")
	if c.names.fields == "" {
		c.put(`rename => { "path" => "file" }`)
	} else {
		c.put(`rename => { "type" => "@type" "tags" => "@tags" "message" => "@message" "path" => "@source_path" "host" => "@source_host" }`)
	}
	if host.value != "" {
		c.put("replace => { %q => %s }", c.names.host, c.quote(host, host.value))
	}
	if c.names.fields == "" {
		c.put(`convert => { "@version" => "integer" }`)
	}
	c.put("# Beaver reads \\r\\n as the end of a line, too.\ngsub => [%q, %s, %q]", c.names.message, `"\r$"`, "")
	c.writeLists()
	if c.names.fields != "" {
		c.put(`add_field => { "@source" => "file://%%{@source_path}" }`)
		c.put(`remove_field => "@version"`)
	}
	c.put("}")
}

// writeLists makes lists of added fields. No value has a comma.
func (c *converter) writeLists() {
	var names []string
	for _, in := range c.inputs {
		names = append(names, in.lists...)
	}
	names = distinct(names, func(s string) string { return s })
	if len(names) == 0 {
		return
	}
	for i, n := range names {
		names[i] = c.verbatim(&item{key: "add_field"}, n) + ` => ","`
	}
	c.put("# Beaver sends added fields as lists of one value.\nsplit => %s", hash(names))
}

// writeIgnoreEmpty drops empty messages. Of others, Beaver drops the line ends around them then.
func (c *converter) writeIgnoreEmpty() {
	if !c.some(func(in *input) bool { return in.ignoreEmpty }) {
		return
	}
	everywhere := !c.some(func(in *input) bool { return !in.ignoreEmpty })
	lines := c.some(func(in *input) bool { return in.ignoreEmpty && in.lines })
	empty := "[" + c.names.message + `] == ""`
	switch {
	case !everywhere && !lines:
		empty = "[@metadata][ignore_empty] and " + empty
	case !everywhere:
		c.put("if [@metadata][ignore_empty] {")
	}
	if lines {
		c.put("mutate {\ngsub => [%q, %s, %q]\n}", c.names.message, `"\A\n+|\n+\z"`, "")
	}
	c.put("if %s {\ndrop { }\n}", empty)
	if !everywhere && lines {
		c.put("}")
	}
}

// writeRawJSON lays the object in a message over the event.
func (c *converter) writeRawJSON() {
	if !c.some(func(in *input) bool { return in.format == "rawjson" }) {
		return
	}
	some := c.some(func(in *input) bool { return in.format != "rawjson" })
	if some {
		c.put(`if [@metadata][format] == "rawjson" {`)
	}
	c.put("%s", strings.ReplaceAll(`# The object takes the text's place; a line that is none stays.
mutate {
rename => { "message" => "[@metadata][line]" }
replace => { "message" => "" }
}
json {
source => "[@metadata][line]"
tag_on_failure => []
add_field => { "[@metadata][object]" => "1" }
}
if ![@metadata][object] or [@metadata][line] =~ /\A\s*\{\s*\}\s*\z/ {
mutate {
rename => { "[@metadata][line]" => "message" }
}
}`, "message", c.names.message))
	if some {
		c.put("}")
	}
}

// codecOf is how an output writes a format: an option, or an empty text for the output's own default.
func (c *converter) codecOf(format string) string {
	text := "plain"
	if c.transport == "stdout" {
		text = "line"
	}
	switch format {
	case "msgpack":
		return "codec => msgpack"
	case "raw":
		return fmt.Sprintf(`codec => %s { format => "%%{%s}" }`, text, c.names.message)
	case "string":
		return fmt.Sprintf(`codec => %s { format => "[%%{%s}] [%%{@timestamp}] %%{%s}" }`, text, c.names.host, c.names.message)
	}
	if c.transport == "stdout" {
		return "codec => json_lines"
	}
	return ""
}

// unescape reads the escapes of a Python text ('string-escape').
func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		rest := s[i+1:]
		if digits := octalText.FindString(rest); digits != "" {
			n, err := strconv.ParseUint(digits, 8, 8)
			if err != nil {
				return "", fmt.Errorf(`\%s is no character`, digits)
			}
			b.WriteByte(byte(n))
			i += len(digits)
			continue
		}
		if digits := hex.FindString(rest); digits != "" {
			n, _ := strconv.ParseUint(digits[1:], 16, 8)
			b.WriteByte(byte(n))
			i += len(digits)
			continue
		}
		if r, ok := control[rune(rest[0])]; ok {
			b.WriteRune(r)
			i++
			continue
		}
		switch rest[0] {
		case '\\', '"', '\'':
			b.WriteByte(rest[0])
			i++
		default:
			b.WriteByte('\\')
		}
	}
	return b.String(), nil
}
