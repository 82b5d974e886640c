package plugin

import (
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"strconv"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/token"
)

// ECS is the compatibility mode with the Elastic Common Schema.
type ECS string

// The modes; Disabled is Castor's default.
const (
	ECSDisabled ECS = "disabled"
	ECSv1       ECS = "v1"
	ECSv8       ECS = "v8"
)

// Enabled tells whether fields have ECS names.
func (e ECS) Enabled() bool { return e == ECSv1 || e == ECSv8 }

// Pick returns legacy or ecs by the mode.
func (e ECS) Pick(legacy, ecs string) string {
	if e.Enabled() {
		return ecs
	}
	return legacy
}

// Env is what a plugin may use of its surroundings.
type Env struct {
	ID       string // the plugin's id, given or made
	Pipeline string // the pipeline's id
	Log      *slog.Logger
	ECS      ECS              // the plugin's mode: its own option, else the pipeline's
	Now      func() time.Time // the clock
	Host     string           // this machine's name
	DataDir  string           // path.data: where state is kept; empty in checks
	// PatternsDir is a folder of grok patterns whose files override the built-in ones; empty for none.
	PatternsDir string
	Zone        *time.Location // the process's zone, for times without one
	// Addresses connects the pipelines of the process; nil in checks and tests of one pipeline.
	Addresses *Addresses
	// Shared is where the plugins of one pipeline keep what they have in common; nil where there is one plugin alone.
	Shared map[string]any
	// Warn reports something doubtful in the configuration; never nil.
	Warn func(pos token.Pos, format string, args ...any)
}

// EventNow is the clock as event time.
func (e *Env) EventNow() event.Time { return event.TimeOf(e.Now()) }

// OptionError is a fault that New finds in an option's value.
type OptionError struct {
	Option string    // the option's name
	Pos    token.Pos // where exactly; the option's own place when it is not valid
	Err    error
	Hint   string // what to do, may be empty
}

func (e *OptionError) Error() string { return fmt.Sprintf("%s: %v", e.Option, e.Err) }

func (e *OptionError) Unwrap() error { return e.Err }

// BadOption makes an OptionError at the option's value.
func BadOption(option, format string, args ...any) *OptionError {
	return &OptionError{Option: option, Err: fmt.Errorf(format, args...)}
}

// BadValue makes an OptionError at a value inside the option.
func BadValue(option string, v Value, format string, args ...any) *OptionError {
	return &OptionError{Option: option, Pos: v.Pos(), Err: fmt.Errorf(format, args...)}
}

// Derive gives an event that this plugin made of another (split, clone) an identity of its own: the other's, with the plugin's id and n, so that
// it is the same at a redelivery and that two such plugins in a row make no two events of one identity.
func (e *Env) Derive(made *event.Event, n int) {
	h := fnv.New32a()
	_, _ = io.WriteString(h, e.ID)
	made.DeriveID(strconv.FormatUint(uint64(h.Sum32()), 36) + "." + strconv.Itoa(n))
}
