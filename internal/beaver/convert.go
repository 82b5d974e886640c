// Package beaver makes Castor's configurations of Beaver's: the INI file with its conf.d, the globs of its sections, its multiline
// rules and its patterns, which are Python's. Semantics: python-beaver at c9b6335. It imports the configuration language, regex and
// the codecs' charsets.
package beaver

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"castor/internal/lsconf"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/printer"
	"castor/internal/lsconf/token"
)

// Options are what Beaver's command line can say; they go before the file. Empty ones are not given.
type Options struct {
	ConfD     string   // --confd-path
	Transport string   // --transport
	Format    string   // --format
	Hostname  string   // --hostname
	Path      string   // --path
	Files     []string // --files
	FQDN      bool     // --fqdn

	Getenv func(string) string // the environment, which can say more; nil: none
}

// Result is a configuration for castor-shipper with the same events on the broker.
type Result struct {
	Text    string        // the configuration; empty after an error
	Diags   diag.List     // errors, and warnings of what needs somebody's hand
	Sources *diag.Sources // what Diags point into
	Notes   []string      // what needs nothing or is different here, each with its file and line; comments in Text, too
}

// Convert reads Beaver's file and its conf.d.
func Convert(path string, o Options) Result {
	c := &converter{o: o, sources: &diag.Sources{}, said: map[string]bool{}}
	c.load(path)
	if !c.diags.HasErrors() {
		c.convert(path)
	}
	r := Result{Diags: c.diags, Sources: c.sources, Notes: c.notes}
	if !r.Diags.HasErrors() {
		cfg, list := lsconf.Parse("the converted configuration", c.out.String(), lsconf.Options{})
		if r.Diags = append(r.Diags, list...); !list.HasErrors() {
			r.Text = printer.Print(cfg)
		}
	}
	r.Diags.Sort()
	r.Sources.Hide(r.Diags)
	return r
}

type converter struct {
	o       Options
	sources *diag.Sources
	diags   diag.List
	main    *section   // [beaver]
	files   []*section // the others

	transport string
	format    string
	keys      []string // redis_namespace
	names     names
	inputs    []*input

	out      strings.Builder
	comments []string // for the next place in the output
	notes    []string // the comments that are no warnings, too
	said     map[string]bool
}

// names are the fields of an event, as logstash_version says.
type names struct{ message, host, fields string }

// load reads the files. Sections of conf.d take the place of those with the same name.
func (c *converter) load(path string) {
	c.main = &section{name: "beaver", pos: token.Pos{File: path}}
	for _, s := range c.read(path) {
		if s.name == "beaver" {
			c.main = s
			continue
		}
		c.files = append(c.files, s)
	}
	c.fromOutside()
	dir := c.main.get(globals, "confd_path")
	list, err := os.ReadDir(dir.value)
	switch written := dir.pos.IsValid() && c.main.item("confd_path") == dir; {
	case written && err != nil:
		c.diags.Warnf(dir.pos, dir.end, "the folder cannot be read, and no sections were taken from it: %v", err)
	case written:
		c.todo(dir, "Beaver itself heeds only the flag -C, and reads %s without it: look whether the sections of %s are wanted", find(globals, "confd_path").def, dir.value)
	}
	for _, f := range list { // in the order of their names
		name := filepath.Join(dir.value, f.Name())
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, s := range c.read(name) {
			c.add(s)
		}
	}
}

func (c *converter) add(s *section) {
	if s.name == "beaver" {
		c.diags.Warnf(s.pos, s.end, "Beaver takes [beaver] from its main file only: this one was left out")
		return
	}
	if i := slices.IndexFunc(c.files, func(f *section) bool { return f.name == s.name }); i >= 0 {
		c.files[i] = s
		return
	}
	c.files = append(c.files, s)
}

func (c *converter) read(name string) []*section {
	text, err := os.ReadFile(name)
	if err != nil {
		c.diags.Errorf(token.Pos{File: name}, token.Pos{}, "it cannot be read: %v", err)
		return nil
	}
	c.sources.Add(name, string(text))
	return parse(name, string(text), &c.diags)
}

// fromOutside adds what the command line and the environment say to [beaver].
func (c *converter) fromOutside() {
	var before, after []*item
	if c.o.Getenv != nil {
		for _, k := range globals {
			if k.env != "" && c.o.Getenv(k.env) != "" {
				before = append(before, &item{key: k.key, value: c.o.Getenv(k.env), pos: token.Pos{File: "$" + k.env}})
			}
		}
	}
	flag := func(name, key, value string) {
		if value != "" {
			after = append(after, &item{key: key, value: value, pos: token.Pos{File: "--" + name}})
		}
	}
	flag("confd-path", "confd_path", c.o.ConfD)
	flag("transport", "transport", c.o.Transport)
	flag("format", "format", c.o.Format)
	flag("hostname", "hostname", c.o.Hostname)
	flag("path", "path", c.o.Path)
	flag("files", "files", strings.Join(c.o.Files, ","))
	if c.o.FQDN {
		flag("fqdn", "fqdn", "1")
	}
	c.main.items = append(append(before, c.main.items...), after...)
	for _, it := range c.main.items {
		if strings.HasSuffix(it.key, "password") {
			c.sources.Secret(it.value)
		}
	}
}

func (c *converter) convert(path string) {
	c.header(path)
	c.globals()
	if c.diags.HasErrors() {
		return
	}
	for _, s := range c.files {
		c.inputs = append(c.inputs, c.file(s))
	}
	c.others()
	c.overlaps()
	c.unused(c.main, globals, c.transport)
	c.flush()
	c.writeInputs()
	c.writeFilters()
	c.writeOutputs()
}

func (c *converter) header(path string) {
	c.comments = append(c.comments, "# Made of "+oneLine(path)+" by castor-shipper convert.")
}

// globals reads what holds for all files.
func (c *converter) globals() {
	t := c.global("transport")
	switch _, exists := transports[t.value]; {
	case t.value == "redis" || t.value == "rabbitmq" || t.value == "stdout":
		c.transport = t.value
	case exists:
		c.fail(t, "castor-shipper has no transport %s", t.value).Hint =
			"it sends to Redis and RabbitMQ: set up one of them, write transport: redis with redis_url here or give --transport redis, and convert again"
	default:
		c.fail(t, "Beaver has no transport %q", t.value).Hint = "castor-shipper takes redis, rabbitmq and stdout"
	}
	f := c.global("format")
	if c.format = c.knownFormat(f); c.format == "" {
		c.fail(f, "Beaver has no format %q", f.value).Hint = "the formats are json, msgpack, raw, rawjson and string"
	}
	c.keys = c.split(c.global("redis_namespace"))
	c.names = names{"message", "host", ""}
	if v := c.global("logstash_version"); v.value == "0" {
		c.names = names{"@message", "@source_host", "[@fields]"}
	} else if v.value != "" && v.value != "1" {
		c.fail(v, "expected 0 or 1, got %q", v.value)
	}
}

func (c *converter) global(key string) *item { return c.main.get(globals, key) }

// knownFormat gives a format's name, an empty text where Beaver has none of that name.
func (c *converter) knownFormat(f *item) string {
	switch f.value {
	case "null":
		return "raw"
	case "json", "msgpack", "raw", "rawjson", "string":
		return f.value
	case "gelf":
		c.fail(f, "Castor has no format gelf").Hint = "use json, which Logstash and Castor's indexer read, and convert again"
		return "gelf"
	}
	return ""
}

// split gives the parts of a list with commas, without blanks around them.
func (c *converter) split(it *item) []string {
	parts := strings.Split(it.value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// list gives the parts of a list with commas as Beaver has them: blanks stay, empty parts do not.
func list(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
}

// truth reads 0 or 1.
func (c *converter) truth(it *item) bool { return c.integer(it, "0 or 1") != 0 }

func (c *converter) number(it *item) int { return c.integer(it, "a whole number") }

func (c *converter) integer(it *item, expected string) int {
	n, err := strconv.Atoi(it.value)
	if err != nil {
		c.fail(it, "expected %s, got %q", expected, it.value).Hint = "write it as " + it.key + ": 1"
	}
	return n
}

func (c *converter) fail(it *item, format string, args ...any) *diag.Diagnostic {
	return c.diags.Errorf(it.pos, it.end, "%s: %s", it.key, fmt.Sprintf(format, args...))
}

// note leaves a comment in the output.
func (c *converter) note(it *item, format string, args ...any) {
	if text := c.comment(it, format, args...); text != "" {
		c.notes = append(c.notes, text)
	}
}

// todo leaves a comment for something that somebody has to do, and warns.
func (c *converter) todo(it *item, format string, args ...any) {
	if c.comment(it, format, args...) != "" {
		c.diags.Warnf(it.pos, it.end, "%s: %s", it.key, fmt.Sprintf(format, args...))
	}
}

// comment gives the text of a comment that it leaves, an empty one where it was left before.
func (c *converter) comment(it *item, format string, args ...any) string {
	place := it.pos.File
	if it.pos.IsValid() {
		place = fmt.Sprintf("%s:%d", it.pos.File, it.pos.Line)
	}
	text := oneLine(fmt.Sprintf("%s: %s: %s", place, it.key, fmt.Sprintf(format, args...)))
	if c.said[text] {
		return ""
	}
	c.said[text] = true
	c.comments = append(c.comments, "# "+text)
	return text
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
