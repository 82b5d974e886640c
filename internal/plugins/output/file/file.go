// Package file is the output that writes events to files. It imports the plugin contracts and events.
package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; options and semantics of logstash-output-file.
var Spec = plugin.OutputSpec("file", "Writes events to files, whose names may depend on the events.", newOutput)

type config struct {
	plugin.OutputCommon
	Codec         plugin.CodecOption `opt:"codec" default:"json_lines" doc:"How an event is written."`
	Path          string             `opt:"path" required:"true" doc:"The file. It may hold %{field} and %{+YYYY.MM.dd} after its first folder; whatever is in the fields, no file outside the part before the first of them is written."`
	Failure       string             `opt:"filename_failure" default:"_filepath_failures" doc:"The file, in the fixed part of path, for events whose own path leads out of that part or cannot be a path."`
	CreateDeleted bool               `opt:"create_if_deleted" default:"true" doc:"Whether a file that is not there is made; else its events go to filename_failure."`
	DirMode       plugin.Value       `opt:"dir_mode" type:"number" default:"-1" doc:"The mode of new folders, such as \"0750\"; -1 leaves it to the system's umask."`
	FileMode      plugin.Value       `opt:"file_mode" type:"number" default:"-1" doc:"The mode of new files, such as \"0640\"; -1 leaves it to the system's umask."`
	FlushInterval float64            `opt:"flush_interval" type:"number" default:"2" doc:"Seconds between writes to the disk." ignored:"every batch is handed to the system before it counts as written"`
	Gzip          bool               `opt:"gzip" default:"false" doc:"Whether to compress. Each batch is a gzip member of its own, so that the file can be read at any time."`
	Behavior      string             `opt:"write_behavior" default:"append" enum:"append|overwrite" doc:"Whether an event comes after the former ones or replaces them."`
	StaleCleanup  float64            `opt:"stale_cleanup_interval" type:"number" default:"10" doc:"Seconds without an event after which a file is closed."`
	MessageFormat event.Template     `opt:"message_format" doc:"How an event is written, in place of the codec." deprecated:"use codec => line { format => … }"`
	MaxOpenFiles  int                `opt:"max_open_files" default:"512" doc:"How many files are open at the same time; the one that was not used for longest is closed for another. An option of Castor."`
}

type output struct {
	cfg     *config
	log     *slog.Logger
	codec   plugin.Codec
	path    *event.Template
	root    string // the fixed part of path: no file outside it is written
	failure string
	stale   time.Duration

	mu     sync.Mutex
	files  *files
	groups map[string]*group
	order  []*group
}

// group is what one Write has for one file.
type group struct {
	path   string
	data   []byte
	events []int // their places in the batch
}

var placeholder = regexp.MustCompile(`%\{[^}]+\}`)

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil || cfg.Path == "" {
		return nil, plugin.BadOption("path", "%q is no path", cfg.Path)
	}
	root := fixedPart(path)
	if root == "/" && placeholder.MatchString(path) {
		e := plugin.BadOption("path", "its first folder must not depend on the event")
		e.Hint = "begin with a fixed folder, as in /var/log/events/%{host}.log"
		return nil, e
	}
	dirMode, err := mode("dir_mode", cfg.DirMode)
	if err != nil {
		return nil, err
	}
	fileMode, err := mode("file_mode", cfg.FileMode)
	if err != nil {
		return nil, err
	}
	if cfg.MaxOpenFiles < 1 {
		return nil, plugin.BadOption("max_open_files", "it must be at least 1")
	}
	if strings.ContainsAny(cfg.Failure, "/\x00") || cfg.Failure == "" || cfg.Failure == ".." || cfg.Failure == "." {
		return nil, plugin.BadOption("filename_failure", "%q is no file name", cfg.Failure)
	}
	return &output{
		cfg: cfg, log: env.Log, codec: codec, path: event.ParseTemplate(path), root: root, failure: filepath.Join(root, cfg.Failure),
		stale: time.Duration(cfg.StaleCleanup * float64(time.Second)), groups: map[string]*group{},
		files: &files{open: map[string]*handle{}, max: cfg.MaxOpenFiles, dirMode: dirMode, fileMode: fileMode, overwrite: cfg.Behavior == "overwrite"},
	}, nil
}

// fixedPart is the folder before the first part that depends on the event, the file's own folder when none does.
func fixedPart(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if placeholder.MatchString(p) {
			return filepath.Clean("/" + filepath.Join(parts[:i]...))
		}
	}
	return filepath.Dir(path)
}

// mode reads the permissions of files and folders, in octal; -1 where the system decides.
func mode(option string, v plugin.Value) (int, error) {
	if v.IsNumber() {
		n := v.Event().Int()
		if n < -1 || n > 0o7777 {
			return 0, plugin.BadValue(option, v, "%d is no file mode; write it in octal, as \"0640\"", n)
		}
		return int(n), nil
	}
	text, _ := v.Text()
	if text == "-1" {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 8, 32)
	if err != nil || n < 0 || n > 0o7777 {
		return 0, plugin.BadValue(option, v, "%q is no file mode; write it in octal, as \"0640\"", text)
	}
	return int(n), nil
}

// Open implements plugin.Output.
func (o *output) Open(context.Context) error { return nil }

// Write implements plugin.Output. The events of files that cannot be written fail, and only they.
func (o *output) Write(_ context.Context, b event.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	failed := o.collect(b)
	for _, g := range o.order {
		if err := o.write(g); err != nil {
			for _, i := range g.events {
				failed = append(failed, plugin.Failure{Index: i, Err: err, Target: g.path})
			}
		}
	}
	clear(o.groups)
	o.order = o.order[:0]
	o.files.closeStale(time.Now(), o.stale)
	if failed != nil {
		return &plugin.BatchError{Failed: failed}
	}
	return nil
}

// collect encodes the events, each to its file's group. What cannot be encoded fails for good.
func (o *output) collect(b event.Batch) (failed []plugin.Failure) {
	for i, e := range b {
		g := o.group(o.target(e))
		data, err := o.encode(g, e)
		if err != nil {
			failed = append(failed, plugin.Failure{Index: i, Err: err, Permanent: true, Target: g.path})
			continue
		}
		g.data = data
		g.events = append(g.events, i)
	}
	return failed
}

func (o *output) group(path string) *group {
	g := o.groups[path]
	if g == nil {
		g = &group{path: path}
		o.groups[path] = g
		o.order = append(o.order, g)
	}
	return g
}

func (o *output) encode(g *group, e *event.Event) ([]byte, error) {
	dst := g.data
	if o.files.overwrite {
		dst = dst[:0:0]
	}
	if o.cfg.IsSet("message_format") {
		return append(o.cfg.MessageFormat.Append(dst, e), '\n'), nil
	}
	return o.codec.Encode(dst, e)
}

// target is the event's file.
func (o *output) target(e *event.Event) string {
	if o.path.Fixed() {
		return o.path.String()
	}
	path := filepath.Clean(string(o.path.Append(nil, e)))
	inside := o.root == "/" || strings.HasPrefix(path, o.root+"/")
	if !inside || strings.ContainsRune(path, 0) {
		o.log.Warn("the event's path leads out of the output's folder; it is written to the failure file", "folder", o.root, "file", o.failure)
		return o.failure
	}
	return path
}

func (o *output) write(g *group) error {
	if len(g.events) == 0 {
		return nil
	}
	data, err := g.data, error(nil)
	if o.cfg.Gzip {
		if data, err = compress(data); err != nil {
			return fmt.Errorf("compress for %s: %w", g.path, err)
		}
	}
	err = o.files.write(g.path, data, o.cfg.CreateDeleted || g.path == o.failure)
	if g.path != o.failure && unusable(err) {
		o.log.Warn("the event's path cannot be written; it goes to the failure file", "path", g.path, "file", o.failure, "reason", err)
		g.path = o.failure
		err = o.files.write(o.failure, data, true)
	}
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// unusable tells the errors that trying again does not mend: the name is none, or the file must not be made.
func unusable(err error) bool {
	return errors.Is(err, errMissing) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.EINVAL) ||
		errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.files.closeAll()
}
