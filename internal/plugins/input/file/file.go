// Package file is the input that follows files, on the tailing engine and its registry of offsets.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"castor/internal/offsets"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/tail"
)

// Spec describes the input; options and semantics of logstash-input-file.
var Spec = plugin.InputSpec("file", "Follows files as they grow, through rotation and restarts; or reads complete files once.", newInput)

type config struct {
	plugin.InputCommon
	Codec                 plugin.CodecOption `opt:"codec" default:"plain" doc:"How a line becomes an event."`
	Path                  []string           `opt:"path" required:"true" doc:"The files, as absolute paths or globs; ** stands for any number of folders."`
	Exclude               []string           `opt:"exclude" doc:"Globs of file names (without folders) that are not read."`
	ExcludePattern        string             `opt:"exclude_pattern" doc:"A regular expression that is searched in the whole path; files with it are not read. An option of Castor."`
	Mode                  string             `opt:"mode" default:"tail" enum:"tail|read" doc:"tail follows growing files; read takes each file as complete and is done with it at its end."`
	StartPosition         string             `opt:"start_position" default:"end" enum:"beginning|end" doc:"Where to begin in a file that is found for the first time at the start; files that appear later are read from their beginning."`
	StatInterval          string             `opt:"stat_interval" default:"1 second" type:"number or string duration" doc:"How often to look whether files grew, in seconds or as a text such as \"500 ms\". Files in which nothing happened for a minute are looked at less often where the kernel tells of changes, and the less often the more there are."`
	DiscoverInterval      int                `opt:"discover_interval" default:"15" doc:"How often to look for new files, in units of stat_interval. The kernel tells of most before that; where it tells of all, it is less often with very many files."`
	Delimiter             string             `opt:"delimiter" default:"\n" doc:"What ends a line."`
	CloseOlder            string             `opt:"close_older" default:"1 hour" type:"number or string duration" doc:"A file that did not change for so long is closed until it changes again."`
	IgnoreOlder           string             `opt:"ignore_older" type:"number or string duration" doc:"A file that did not change for so long when it is found is not read until it changes."`
	MaxOpenFiles          int                `opt:"max_open_files" doc:"How many files are open at the same time; 4095 where it is missing."`
	SincedbPath           string             `opt:"sincedb_path" doc:"Where positions are kept; below path.data where it is missing. /dev/null keeps none. A file that Logstash left there is read at the first start."`
	SincedbWriteInterval  string             `opt:"sincedb_write_interval" default:"15 seconds" type:"number or string duration" doc:"How often the copy in Logstash's format is written. Castor's own record is never more than a second behind the acknowledgements."`
	SincedbCleanAfter     string             `opt:"sincedb_clean_after" default:"2 weeks" type:"number or string duration" doc:"How long the position of a file that does not change is kept; a plain number counts days."`
	FileChunkSize         plugin.Bytes       `opt:"file_chunk_size" default:"65536" doc:"How many bytes are read at once."`
	FileChunkCount        int64              `opt:"file_chunk_count" doc:"How many chunks of a file are read before it is the next file's turn; 16 in tail mode, unlimited in read mode where it is missing."`
	FileCompletedAction   string             `opt:"file_completed_action" default:"delete" enum:"delete|log|log_and_delete" doc:"What becomes of a file that is completely read, in read mode."`
	FileCompletedLogPath  string             `opt:"file_completed_log_path" doc:"The file to which the paths of completed files are appended."`
	FileSortBy            string             `opt:"file_sort_by" default:"last_modified" enum:"last_modified|path" doc:"The order in which files are taken up."`
	FileSortDirection     string             `opt:"file_sort_direction" default:"asc" enum:"asc|desc" doc:"Its direction."`
	ExitAfterRead         bool               `opt:"exit_after_read" default:"false" doc:"Whether to end when all files that were there at the start are read, in read mode."`
	CheckArchiveValidity  bool               `opt:"check_archive_validity" default:"false" doc:"Whether to read a gzip file to its end once before its first line is taken."`
	MaxLineBytes          plugin.Bytes       `opt:"max_line_bytes" default:"10MiB" doc:"The longest line; a longer one is cut there and tagged _truncated. An option of Castor."`
	excludePattern        *regex.Regexp
	ignoreOlder           time.Duration
	closeOlder            time.Duration
	statInterval          time.Duration
	sincedbWriteInterval  time.Duration
	sincedbCleanAfterTime time.Duration
}

type input struct {
	cfg      *config
	env      *plugin.Env
	registry *offsets.Registry
	streams  *streams
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	if err := cfg.durations(); err != nil {
		return nil, err
	}
	if cfg.ExcludePattern != "" {
		var err error
		if cfg.excludePattern, err = regex.Compile(cfg.ExcludePattern, regex.Options{}); err != nil {
			return nil, &plugin.OptionError{Option: "exclude_pattern", Err: err}
		}
	}
	in := &input{cfg: cfg, env: env}
	if _, err := tail.New(in.tailConfig()); err != nil {
		return nil, &plugin.OptionError{Option: "path", Err: err}
	}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return in, nil
}

func (c *config) durations() error {
	set := func(option, text string, unit time.Duration, to *time.Duration) error {
		if text == "" {
			return nil
		}
		d, err := plugin.ParseDuration(text, unit)
		if err != nil {
			return &plugin.OptionError{Option: option, Err: err}
		}
		*to = d
		return nil
	}
	return errors.Join(
		set("stat_interval", c.StatInterval, time.Second, &c.statInterval),
		set("close_older", c.CloseOlder, time.Second, &c.closeOlder),
		set("ignore_older", c.IgnoreOlder, time.Second, &c.ignoreOlder),
		set("sincedb_write_interval", c.SincedbWriteInterval, time.Second, &c.sincedbWriteInterval),
		set("sincedb_clean_after", c.SincedbCleanAfter, 24*time.Hour, &c.sincedbCleanAfterTime),
	)
}

func (in *input) tailConfig() tail.Config {
	c := in.cfg
	t := tail.Config{
		Paths: c.Path, Exclude: c.Exclude, StartAtEnd: c.StartPosition == "end", SortByPath: c.FileSortBy == "path",
		SortDescending: c.FileSortDirection == "desc", StatInterval: c.statInterval, DiscoverInterval: c.DiscoverInterval,
		CloseOlder: c.closeOlder, IgnoreOlder: c.ignoreOlder, MaxOpenFiles: c.MaxOpenFiles, Delimiter: unescape(c.Delimiter),
		ChunkSize: int(c.FileChunkSize), ChunkCount: int(min(c.FileChunkCount, 1<<40)), CompletedLogPath: c.FileCompletedLogPath,
		ExitAfterRead: c.ExitAfterRead, CheckArchive: c.CheckArchiveValidity, MaxLineBytes: int(c.MaxLineBytes),
		Registry: in.registry, Log: in.env.Log,
	}
	if c.excludePattern != nil {
		t.ExcludePath = c.excludes
	}
	if c.Mode == "read" {
		t.Mode = tail.Read
	}
	switch c.FileCompletedAction {
	case "log":
		t.CompletedAction = tail.Log
	case "log_and_delete":
		t.CompletedAction = tail.LogAndDelete
	}
	return t
}

var scratches = sync.Pool{New: func() any { return regex.NewScratch() }}

// excludes tells whether exclude_pattern is found in a path.
func (c *config) excludes(path string) bool {
	scratch := scratches.Get().(*regex.Scratch)
	defer scratches.Put(scratch)
	found, err := c.excludePattern.Match(path, scratch)
	return found && err == nil
}

// unescape reads \n, \r and \t in a delimiter, which Logstash's configuration language leaves as they are.
func unescape(s string) string {
	return strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t", `\0`, "\x00").Replace(s)
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	registry, err := offsets.Open(offsets.Options{
		Path: in.sincedbPath(), MirrorInterval: in.cfg.sincedbWriteInterval, CleanAfter: in.cfg.sincedbCleanAfterTime, Log: in.env.Log,
	})
	if err != nil {
		return fmt.Errorf("open the record of positions: %w", err)
	}
	in.registry = registry
	engine, err := tail.New(in.tailConfig())
	if err != nil {
		return err
	}
	in.streams = newStreams(in.cfg, in.env)
	flushing := make(chan struct{})
	flushed, stopFlushing := context.WithCancel(ctx)
	go func() { defer close(flushing); in.streams.flushLoop(flushed, emit) }()
	err = engine.Run(ctx, func(ctx context.Context, c *tail.Chunk) error { return in.streams.take(ctx, c, emit) })
	stopFlushing()
	<-flushing
	if ctx.Err() != nil {
		return nil // what codecs hold is read again after the next start
	}
	in.streams.flush(ctx, emit, true)
	return err
}

// sincedbPath is the configured one, or the one that Logstash would choose below path.data.
func (in *input) sincedbPath() string {
	if in.cfg.SincedbPath != "" || in.env.DataDir == "" {
		return in.cfg.SincedbPath
	}
	path := offsets.DefaultPath(in.env.DataDir, in.cfg.Path)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		in.env.Log.Warn("cannot make the folder for positions", "path", path, "error", err)
	}
	return path
}

// Close implements plugin.Input.
func (in *input) Close() error {
	if in.streams != nil {
		in.streams.abandon()
	}
	if in.registry == nil {
		return nil
	}
	return in.registry.Close()
}
