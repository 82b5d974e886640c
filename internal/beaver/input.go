package beaver

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"castor/internal/plugins/codec/charset"
	"github.com/bmatcuk/doublestar/v4"
)

// input is one file input to be written.
type input struct {
	s       *section
	title   string
	paths   []string // as Beaver has them, braces expanded
	exclude []string // literal paths that other inputs have

	format      string
	keys        []string // Redis keys
	ignoreEmpty bool
	lines       bool     // a message can have several lines
	lists       []string // fields that are lists of one value
	added       []string // pairs of add_field
	options     []string // ready to be written
	comments    []string
}

// self is the section as a thing to complain of.
func (in *input) self() *item {
	return &item{key: "[" + in.title + "]", pos: in.s.pos, end: in.s.end}
}

// key is the keys as one text.
func (in *input) key() string { return strings.Join(in.keys, ",") }

// file reads a section.
func (c *converter) file(s *section) *input {
	before := c.comments
	c.comments = nil
	in := &input{s: s, title: s.name, paths: Expand(s.name), format: c.format, keys: c.keys}
	for _, p := range in.paths {
		if !filepath.IsAbs(p) {
			c.fail(in.self(), "%s is relative to the folder that Beaver is started in", p).Hint = "write the whole path, from / on"
		}
	}
	get := func(key string) *item { return s.get(perFile, key) }
	in.set("type", c.quote(get("type"), get("type").value))
	if tags := list(get("tags").value); len(tags) > 0 {
		in.set("tags", c.array(get("tags"), tags))
	}
	c.start(in, get("start_position"), get("tail_lines"))
	c.intervals(in)
	c.exclude(in, get("exclude"))
	c.codec(in, get)
	c.fields(in, get("add_field"), get("add_field_env"))
	in.ignoreEmpty = c.truth(get("ignore_empty"))
	if f := get("format"); f.value != "" {
		if name := c.knownFormat(f); name != "" {
			in.format = name
		} else {
			c.note(f, "Beaver has no such format and takes %s", c.format)
		}
	}
	if ns := get("redis_namespace"); ns.value != "" {
		in.keys = c.split(ns)
	}
	c.unused(s, perFile, c.transport)
	in.comments, c.comments = c.comments, before
	return in
}

// others adds what is followed besides the sections: the files of [beaver], or its path where nothing else is.
func (c *converter) others() {
	files, path := c.global("files"), c.global("path")
	for _, name := range list(files.value) {
		c.inputs = append(c.inputs, c.file(&section{name: name, pos: files.pos, end: files.end}))
	}
	if len(c.inputs) == 0 {
		s := &section{name: filepath.Join(path.value, "*.log"), pos: path.pos, end: path.end}
		c.inputs = append(c.inputs, c.file(s))
	}
}

// overlaps gives each file to one input, since Beaver follows a file once: to the one with the narrower glob, else to the later one.
func (c *converter) overlaps() {
	for i, in := range c.inputs {
		for _, later := range c.inputs[i+1:] {
			for _, p := range slices.Clone(in.paths) {
				for _, q := range slices.Clone(later.paths) {
					c.overlap(in, later, p, q)
				}
			}
		}
	}
	c.inputs = slices.DeleteFunc(c.inputs, func(in *input) bool { return len(in.paths) == 0 })
}

// overlap settles whose the files are that match both p of in and q of later.
func (c *converter) overlap(in, later *input, p, q string) {
	owner, other, mine, its := later, in, q, p
	if covers(q, p) && !covers(p, q) {
		owner, other, mine, its = in, later, p, q
	}
	switch {
	case !overlap(p, q):
		return
	case p == q:
		in.paths = slices.DeleteFunc(in.paths, func(path string) bool { return path == p })
		c.todo(in.self(), "%s has two sections, of which Beaver takes one: here it is the later one", p)
		return
	case isGlob(mine):
		c.todo(other.self(), "files can match both %s and %s: Beaver follows them once, with one section or the other, here they belong to %s", its, mine, mine)
	}
	if owner.s.item("exclude") != nil && owner.s.item("exclude").value != "" {
		c.todo(owner.self(), "what its exclude leaves out is not read as a file of %s either", its)
	}
	if !slices.Contains(other.exclude, castorGlob(mine)) {
		other.exclude = append(other.exclude, castorGlob(mine))
	}
}

func isGlob(path string) bool { return strings.ContainsAny(path, "*?[") }

// covers tells whether every path that matches q matches p, too.
func covers(p, q string) bool {
	ok, _ := doublestar.PathMatch(castorGlob(p), q)
	return ok
}

func (in *input) set(name, value string) { in.options = append(in.options, name+" => "+value) }

func (c *converter) start(in *input, from, tail *item) {
	switch {
	case from.value == "beginning":
		in.set("start_position", `"beginning"`)
	case from.value != "end":
		c.todo(from, "Castor counts no lines: start at the end, or set the position by `castor-shipper offsets set FILE BYTES`")
	}
	if n := c.number(tail); n > 0 {
		c.todo(tail, `a number of last lines has no counterpart: start at the end, or take all by start_position => "beginning"`)
	}
}

func (c *converter) intervals(in *input) {
	every := c.global("discover_interval")
	if old := c.global("update_file_mapping_time"); old.value != "" {
		every = old
	}
	seconds, err := strconv.ParseFloat(every.value, 64)
	switch {
	case err != nil || seconds < 0 || seconds > 1e9:
		c.fail(every, "expected a number of seconds, got %q", every.value)
	case seconds != 15: // the file input's own default, too
		in.set("discover_interval", strconv.Itoa(max(1, int(math.Ceil(seconds)))))
	}
	if days := c.number(c.global("ignore_old_files")); days > 0 {
		in.set("ignore_older", fmt.Sprintf(`"%d days"`, days))
	}
}

func (c *converter) exclude(in *input, it *item) {
	if it.value == "" {
		return
	}
	p, err := fromPython(it.value, false)
	if err != nil {
		c.fail(it, "%v", err)
		return
	}
	in.set("exclude_pattern", c.pattern(it, p.searched()))
}

// pattern writes a regular expression, which has no quotes and no ${ in it any more.
func (c *converter) pattern(it *item, text string) string {
	if strings.HasSuffix(text, `\\`) { // a backslash before the quote would be read as belonging to it
		text = strings.TrimSuffix(text, `\\`) + `\x5C`
	}
	return c.verbatim(it, text)
}

// codec says how lines become events.
func (c *converter) codec(in *input, get func(string) *item) {
	delimiter := c.delimiter(in, get("delimiter"))
	var options []string
	if e := get("encoding"); !isUTF8(e.value) {
		if _, err := charset.Find(rubyName(e.value)); err != nil {
			c.todo(e, "%v: the text is taken for UTF-8", err)
		} else {
			options = append(options, "charset => "+c.quote(e, rubyName(e.value)))
		}
	}
	if size := get("size_limit"); size.value != "" {
		in.set("max_line_bytes", strconv.Itoa(c.number(size)))
		c.note(size, "Castor cuts a longer line and tags it _truncated, where Beaver stops")
	}
	before, after := get("multiline_regex_before"), get("multiline_regex_after")
	in.lines = delimiter != "\n" || before.value != "" || after.value != ""
	name, joins := "plain", []string(nil)
	for _, j := range []struct {
		name string
		it   *item
	}{{"joins_previous", before}, {"joins_next", after}} {
		if j.it.value == "" {
			continue
		}
		p, err := fromPython(j.it.value, delimiter != "\n")
		if err != nil {
			c.fail(j.it, "%v", err)
			continue
		}
		name = "multiline"
		joins = append(joins, j.name+" => "+c.pattern(j.it, p.anchored(start(delimiter != "\n"))))
	}
	if name == "multiline" {
		// Beaver has no tag, waits a second for more, and has no limit.
		joins = append(joins, `multiline_tag => ""`, "auto_flush_interval => 1", "max_lines => 100000")
		if delimiter != "\n" {
			joins = append(joins, "delimiter => "+c.verbatim(get("delimiter"), delimiter))
		}
	}
	if options = append(joins, options...); len(options) > 0 {
		in.set("codec", name+" {\n"+strings.Join(options, "\n")+"\n}")
	}
}

// delimiter sets the line end where it is not the usual one.
func (c *converter) delimiter(in *input, it *item) string {
	text, err := unescape(it.value)
	if err != nil {
		c.fail(it, "%v", err)
	}
	if text == "\n" {
		return text
	}
	// The file input reads \n, \r, \t and \0 itself; the others stand as they are.
	in.set("delimiter", c.verbatim(it, strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`).Replace(text)))
	return text
}

func isUTF8(name string) bool {
	switch rubyName(name) {
	case "utf-8", "utf8", "utf", "u8":
		return true
	}
	return false
}

// rubyName is the name of an encoding where Python has one of its own.
func rubyName(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch name {
	case "latin", "latin-1", "l1", "8859", "iso8859", "cp819":
		return "ISO-8859-1"
	}
	return name
}

// positions says how to go on where Beaver stopped.
func (c *converter) positions(in *input) {
	it := c.global("sincedb_path")
	if it.value == "" {
		return
	}
	command := "castor-shipper offsets import beaver " + shell(it.value)
	for _, p := range in.paths {
		command += " --path " + shell(castorGlob(p))
	}
	c.note(it, "to go on where Beaver stopped: %s", command)
}

func shell(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func (c *converter) writeInputs() {
	c.put("input {")
	formats := distinct(c.inputs, func(in *input) string { return in.format })
	keys := distinct(c.inputs, (*input).key)
	for _, in := range c.inputs {
		if len(formats) > 1 {
			in.added = append(in.added, `"[@metadata][format]" => "`+in.format+`"`)
		}
		if c.transport == "redis" && len(keys) > 1 {
			in.added = append(in.added, `"[@metadata][key]" => `+c.quote(in.self(), in.key()))
		}
		if in.ignoreEmpty && c.some(func(in *input) bool { return !in.ignoreEmpty }) {
			in.added = append(in.added, `"[@metadata][ignore_empty]" => "1"`)
		}
		c.writeFile(in)
	}
	c.put("}")
	c.put("")
}

func (c *converter) writeFile(in *input) {
	c.put("# [%s]", oneLine(in.title))
	c.comments = append(c.comments, in.comments...)
	c.positions(in)
	c.flush()
	globs := make([]string, len(in.paths))
	for i, p := range in.paths {
		globs[i] = castorGlob(p)
	}
	c.put("file {")
	c.put("path => %s", c.array(in.self(), globs))
	if len(in.exclude) > 0 {
		c.put("# files with a section of their own")
		c.put("exclude => %s", c.array(in.self(), in.exclude))
	}
	for _, o := range in.options {
		c.put("%s", o)
	}
	if len(in.added) > 0 {
		c.put("add_field => %s", hash(in.added))
	}
	c.put("}")
}

func (c *converter) some(is func(*input) bool) bool { return slices.ContainsFunc(c.inputs, is) }
