// Package gziplines is the codec for lines that come compressed. It imports the plugin contracts, events, and the
// codecs' character sets.
package gziplines

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the codec; semantics of logstash-codec-gzip_lines.
var Spec = plugin.CodecSpec("gzip_lines", "Reads a gzip file as lines, each of which is an event.", newCodec)

const failureTag = "_gziplinesparsefailure"

type config struct {
	plugin.CodecCommon
	Charset string       `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Max     plugin.Bytes `opt:"max_decompressed_bytes" default:"256MiB" doc:"The most text that one piece of data may give, so that no small one fills the memory. An option of Castor."`
}

type codec struct {
	plugin.NoEncode
	plugin.NoFlush
	charset *charset.Charset
	max     int64
	now     func() event.Time
	log     *slog.Logger
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	cs, err := charset.Find(cfg.Charset)
	if err != nil {
		return nil, &plugin.OptionError{Option: "charset", Err: err}
	}
	return &codec{charset: cs, max: int64(cfg.Max), now: env.EventNow, log: env.Log}, nil
}

var errMuch = errors.New("it gives more text than max_decompressed_bytes allows")

// Decode implements plugin.Codec. Lines keep their ends. Where the data cannot be read further, what came before
// is given, and then the data as they came with the tag _gziplinesparsefailure.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	if err := c.lines(data, emit); err != nil {
		c.log.Error("gzip data cannot be read", "error", err, "bytes", len(data))
		e := event.New(c.now())
		e.Fields().Set(event.MessageField, event.StringValue(data))
		e.Tag(failureTag)
		emit(e)
	}
}

func (c *codec) lines(data string, emit func(*event.Event)) error {
	z, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		return err
	}
	bounded := &io.LimitedReader{R: z, N: c.max + 1}
	r := bufio.NewReader(bounded)
	for {
		line, err := r.ReadString('\n')
		if bounded.N <= 0 {
			return errMuch
		}
		if line != "" && (err == nil || errors.Is(err, io.EOF)) {
			e := event.New(c.now())
			e.Fields().Set(event.MessageField, event.StringValue(c.charset.Decode(line)))
			emit(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
