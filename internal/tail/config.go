package tail

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"castor/internal/offsets"

	"github.com/bmatcuk/doublestar/v4"
)

// Mode is what the end of a file means.
type Mode uint8

const (
	Tail Mode = iota // files grow; their end has no meaning
	Read             // files are complete; at the end they are completed
)

// Action is what happens to a completely read (and acknowledged) file in Read mode.
type Action uint8

const (
	Delete       Action = iota // Logstash's default
	Log                        // append the path to CompletedLogPath
	LogAndDelete               // both
)

// Config carries the options of Logstash's file input, and some of our own. The zero value of a field means its default.
type Config struct {
	Paths   []string // absolute paths or globs, ** included
	Exclude []string // globs on the file's name (without folder); with a slash: on the whole path

	ExcludePath func(path string) bool // further paths that are not read; nil: none

	Mode           Mode
	StartAtEnd     bool // start_position => "end": only for files that exist when Run starts and are not in the registry; Tail mode only
	SortByPath     bool // file_sort_by => "path"; else by modification time
	SortDescending bool // file_sort_direction => "desc"

	StatInterval     time.Duration // stat_interval; default 1 s
	DiscoverInterval int           // discover_interval, a multiple of StatInterval as in Logstash; default 15
	CloseOlder       time.Duration // close_older; default 1 h, negative: never
	IgnoreOlder      time.Duration // ignore_older; 0: off
	MaxOpenFiles     int           // max_open_files; default 4095; never more than the process may open less a reserve

	Delimiter  string // default "\n"; not used for gzip archives, whose lines end with \n or \r\n
	ChunkSize  int    // file_chunk_size: bytes per read; default 64 KiB
	ChunkCount int    // file_chunk_count: chunks per turn of a file; default: 16 in Tail mode, no limit in Read mode

	CompletedAction  Action // file_completed_action
	CompletedLogPath string // file_completed_log_path
	ExitAfterRead    bool   // exit_after_read: Run returns when the files that were there at the start are completed; Read mode only
	CheckArchive     bool   // check_archive_validity: read a whole gzip file once before its first line is handed out

	MaxLineBytes     int           // longer lines are cut and flagged; default 10 MiB
	MaxInflightBytes int64         // handed out and not acknowledged; default 32 MiB; a single line may exceed it
	RotateGrace      time.Duration // how long a renamed or deleted file is watched after its end; default 30 s
	Readers          int           // files read at the same time; default 2 in Tail mode, 1 in Read mode (keeps the sort order)

	Registry *offsets.Registry // nil: positions are not kept
	Log      *slog.Logger      // nil: silent

	clock   clock // tests
	noHints bool  // tests
}

const (
	headMax          = 1024
	tailMax          = 64
	defaultChunk     = 64 << 10
	minChunk         = 4 << 10
	reservedFiles    = 64
	unlimitedCount   = 1 << 40
	defaultOpenFiles = 4095
)

// withDefaults validates and completes the configuration. All mistakes are reported at once.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	if len(c.Paths) == 0 {
		errs = append(errs, errors.New("path is missing: name at least one file or glob"))
	}
	for _, p := range c.Paths {
		if !filepath.IsAbs(p) {
			errs = append(errs, fmt.Errorf("path %q is relative: it must be absolute, that is begin with /", p))
		}
		if !doublestar.ValidatePathPattern(p) {
			errs = append(errs, fmt.Errorf("path %q is not a valid glob", p))
		}
	}
	for _, p := range c.Exclude {
		if !doublestar.ValidatePathPattern(p) {
			errs = append(errs, fmt.Errorf("exclude %q is not a valid glob", p))
		}
	}
	if c.ExitAfterRead && c.Mode != Read {
		errs = append(errs, errors.New(`exit_after_read needs mode => "read"`))
	}
	if c.Mode == Read && c.CompletedAction != Delete && c.CompletedLogPath == "" {
		errs = append(errs, errors.New(`file_completed_action "log" and "log_and_delete" need file_completed_log_path`))
	}
	c.setIntervals()
	c.setSizes()
	c.setParts()
	return c, errors.Join(errs...)
}

func (c *Config) setIntervals() {
	if c.StatInterval <= 0 {
		c.StatInterval = time.Second
	}
	if c.DiscoverInterval <= 0 {
		c.DiscoverInterval = 15
	}
	if c.CloseOlder == 0 {
		c.CloseOlder = time.Hour
	}
	if c.RotateGrace <= 0 {
		c.RotateGrace = 30 * time.Second
	}
}

func (c *Config) setSizes() {
	if c.Delimiter == "" {
		c.Delimiter = "\n"
	}
	if c.ChunkSize <= 0 {
		c.ChunkSize = defaultChunk
	}
	c.ChunkSize = max(c.ChunkSize, minChunk)
	if c.ChunkCount <= 0 {
		c.ChunkCount = 16
		if c.Mode == Read {
			c.ChunkCount = unlimitedCount
		}
	}
	if c.MaxLineBytes <= 0 {
		c.MaxLineBytes = 10 << 20
	}
	if c.MaxInflightBytes <= 0 {
		c.MaxInflightBytes = 32 << 20
	}
	if c.MaxOpenFiles <= 0 {
		c.MaxOpenFiles = defaultOpenFiles
	}
	c.MaxOpenFiles = min(c.MaxOpenFiles, openFileLimit())
}

func (c *Config) setParts() {
	if c.Readers <= 0 {
		c.Readers = 2
		if c.Mode == Read {
			c.Readers = 1
		}
	}
	if c.Registry == nil {
		c.Registry, _ = offsets.Open(offsets.Options{}) // in memory: cannot fail
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.clock == nil {
		c.clock = wallClock{}
	}
}
