// Package multiline is the codec that joins the lines of one message into one event. It imports the plugin
// contracts, events, grok, and the codecs' text.
package multiline

import (
	"strings"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/plain"
)

// Spec describes the codec; semantics of logstash-codec-multiline.
var Spec = plugin.CodecSpec("multiline", "Joins lines that belong together, such as a stack trace, into one event.", newCodec)

type config struct {
	plugin.CodecCommon
	Pattern     string       `opt:"pattern" required:"true" unless:"joins_previous|joins_next" doc:"The pattern that tells lines which belong to another one; a grok expression."`
	What        string       `opt:"what" required:"true" unless:"joins_previous|joins_next" enum:"previous|next" doc:"Whether a line that matches belongs to the line before it or to the one after it."`
	Negate      bool         `opt:"negate" default:"false" doc:"Whether lines that do not match are meant."`
	JoinsPrev   string       `opt:"joins_previous" doc:"In place of pattern and what: a line that matches belongs to the line before it. Both joins_ options can be given. As in Beaver, empty lines are lines too, and a message is complete when a line comes that does not belong to it. An option of Castor."`
	JoinsNext   string       `opt:"joins_next" doc:"In place of pattern and what: the line after one that matches belongs to it. An option of Castor."`
	PatternsDir []string     `opt:"patterns_dir" doc:"Folders or files with patterns of your own."`
	Charset     string       `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Tag         string       `opt:"multiline_tag" default:"multiline" doc:"The tag of events that have more than one line; an empty text for none."`
	MaxLines    int          `opt:"max_lines" default:"500" doc:"The most lines that are joined; the event is then given and tagged multiline_codec_max_lines_reached."`
	MaxBytes    plugin.Bytes `opt:"max_bytes" default:"10MiB" doc:"The most text that is joined; the event is then given and tagged multiline_codec_max_bytes_reached."`
	AutoFlush   float64      `opt:"auto_flush_interval" type:"number" doc:"Seconds after the last line in which more of the message is waited for. Castor waits 2 seconds where it is missing; Logstash then waits for the next line, however long that takes."`
	Delimiter   string       `opt:"delimiter" default:"\n" doc:"What ends a line."`
	Streaming   bool         `opt:"streaming_input" default:"false" doc:"Whether the text may come in pieces that end within a line; then a piece waits for the rest of its line. Inputs that read streams (stdin, tcp) see to it themselves."`

	once                 sync.Once
	compiled             *grok.Pattern
	joinsPrev, joinsNext *grok.Pattern
	err                  error
	scratch              sync.Pool
}

// defaultWait is how long the last message of a stream waits where the configuration does not say.
const defaultWait = 2 * time.Second

const (
	maxBytesTag = "multiline_codec_max_bytes_reached"
	maxLinesTag = "multiline_codec_max_lines_reached"
)

type codec struct {
	cfg   *config
	text  plain.Text
	now   func() event.Time
	wait  time.Duration
	split *line.Splitter // of streams, else nil

	lines []string
	joins bool // the last line's joins_next matched
	size  int64
	first event.Time // when the first line came
	last  time.Time  // when the last text came
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := plain.NewText(cfg.Charset, env)
	if err != nil {
		return nil, err
	}
	if cfg.Delimiter == "" {
		return nil, plugin.BadOption("delimiter", "it must not be empty")
	}
	if cfg.AutoFlush < 0 {
		return nil, plugin.BadOption("auto_flush_interval", "%g seconds is less than none", cfg.AutoFlush)
	}
	for _, o := range []string{"pattern", "what", "negate"} {
		if cfg.byJoins() && cfg.IsSet(o) {
			return nil, plugin.BadOption(o, "joins_previous and joins_next stand in its place: write the one or the others")
		}
	}
	// Each stream has a codec of its own; the pattern is the same for all.
	cfg.once.Do(func() { cfg.err = cfg.compilePattern(env) })
	if cfg.err != nil {
		return nil, cfg.err
	}
	c := &codec{cfg: cfg, text: text, now: env.EventNow, wait: defaultWait}
	if cfg.IsSet("auto_flush_interval") {
		c.wait = time.Duration(cfg.AutoFlush * float64(time.Second))
	}
	if cfg.Streaming {
		c.Stream()
	}
	return c, nil
}

func (cfg *config) compilePattern(env *plugin.Env) error {
	library, err := grok.Stock(string(env.ECS))
	if err != nil {
		return err
	}
	if env.PatternsDir != "" {
		if _, err := library.LoadFolder(env.PatternsDir, string(env.ECS)); err != nil {
			return err
		}
	}
	if len(cfg.PatternsDir) > 0 {
		if _, err := library.Load(cfg.PatternsDir, "*"); err != nil {
			return &plugin.OptionError{Option: "patterns_dir", Err: err}
		}
	}
	cfg.scratch.New = func() any { return grok.NewScratch() }
	for _, p := range []struct {
		option, text string
		to           **grok.Pattern
	}{{"pattern", cfg.Pattern, &cfg.compiled}, {"joins_previous", cfg.JoinsPrev, &cfg.joinsPrev}, {"joins_next", cfg.JoinsNext, &cfg.joinsNext}} {
		if !cfg.IsSet(p.option) {
			continue
		}
		if *p.to, err = grok.Compile(p.text, grok.Options{Library: library}); err != nil {
			return &plugin.OptionError{Option: p.option, Err: err}
		}
	}
	return nil
}

// byJoins tells whether the joins_ options say what belongs together.
func (cfg *config) byJoins() bool { return cfg.IsSet("joins_previous") || cfg.IsSet("joins_next") }

// Stream says that the text comes in pieces that may end within a line. Inputs that read streams call it
// before the first Decode.
func (c *codec) Stream() {
	c.split = &line.Splitter{Delimiter: c.cfg.Delimiter, Max: int(c.cfg.MaxBytes)}
}

// Decode implements plugin.Codec. Without Stream, data is whole lines; delimiters at its end are no lines,
// and an empty text is one only for the joins_ options.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	c.last = time.Now()
	scratch := c.cfg.scratch.Get().(*grok.Scratch)
	defer c.cfg.scratch.Put(scratch)
	if c.split != nil {
		c.split.Split(data, func(text string, _ bool) { c.line(c.text.Convert(text), scratch, emit) })
		return
	}
	data = c.text.Convert(data) // before it is split: the delimiter is one of characters, not of bytes
	if data == "" && c.cfg.byJoins() {
		c.line("", scratch, emit)
		return
	}
	for strings.HasSuffix(data, c.cfg.Delimiter) {
		data = strings.TrimSuffix(data, c.cfg.Delimiter)
	}
	if data == "" {
		return
	}
	for text := range strings.SplitSeq(data, c.cfg.Delimiter) {
		c.line(text, scratch, emit)
	}
}

func (c *codec) line(text string, scratch *grok.Scratch, emit func(*event.Event)) {
	if c.cfg.byJoins() {
		c.join(text, scratch, emit)
		return
	}
	matched, err := c.cfg.compiled.Match(text, scratch)
	belongs := (matched && err == nil) != c.cfg.Negate
	if c.cfg.What == "previous" {
		if !belongs || c.full() {
			c.give(emit)
		}
		c.hold(text)
		return
	}
	c.hold(text)
	if !belongs || c.full() {
		c.give(emit)
	}
}

// join is line for the joins_ options; semantics of Beaver's multiline_merge.
func (c *codec) join(text string, scratch *grok.Scratch, emit func(*event.Event)) {
	if belongs := c.joins || matches(c.cfg.joinsPrev, text, scratch); !belongs || c.full() {
		c.give(emit)
	}
	c.hold(text)
	c.joins = matches(c.cfg.joinsNext, text, scratch)
}

func matches(p *grok.Pattern, text string, scratch *grok.Scratch) bool {
	if p == nil {
		return false
	}
	ok, err := p.Match(text, scratch)
	return ok && err == nil
}

func (c *codec) hold(text string) {
	if len(c.lines) == 0 {
		c.first = c.now()
	}
	c.lines = append(c.lines, text)
	c.size += int64(len(text))
}

func (c *codec) full() bool { return c.overLines() || c.overBytes() }

func (c *codec) overLines() bool { return len(c.lines) > c.cfg.MaxLines }

func (c *codec) overBytes() bool { return c.size >= int64(c.cfg.MaxBytes) }

// give emits what is held.
func (c *codec) give(emit func(*event.Event)) {
	if len(c.lines) == 0 {
		return
	}
	message := c.lines[0]
	if len(c.lines) > 1 {
		message = strings.Join(c.lines, "\n")
	}
	e := c.text.Message(message)
	e.SetTimestamp(c.first)
	if len(c.lines) > 1 && c.cfg.Tag != "" {
		e.Tag(c.cfg.Tag)
	}
	if c.overBytes() {
		e.Tag(maxBytesTag)
	}
	if c.overLines() {
		e.Tag(maxLinesTag)
	}
	clear(c.lines) // the lines may point into large texts
	c.lines, c.size, c.joins = c.lines[:0], 0, false
	emit(e)
}

// Flush implements plugin.Codec.
func (c *codec) Flush(emit func(*event.Event)) {
	if c.split != nil {
		if rest := c.split.Rest(); rest != "" {
			scratch := c.cfg.scratch.Get().(*grok.Scratch)
			c.line(c.text.Convert(rest), scratch, emit)
			c.cfg.scratch.Put(scratch)
		}
	}
	c.give(emit)
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) {
	if len(c.lines) == 0 && (c.split == nil || !c.split.Held()) {
		return false, time.Time{}
	}
	return true, c.last.Add(c.wait)
}

// Encode implements plugin.Codec: the codec is made for reading, and writes the message as it is.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	v, _ := e.Fields().Get(event.MessageField)
	return v.AppendText(dst), nil
}

// HeldBytes is the size of what waits for more.
func (c *codec) HeldBytes() int {
	if c.split == nil {
		return int(c.size)
	}
	return int(c.size) + c.split.Len()
}
