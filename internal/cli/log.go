package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"castor/internal/logging"
)

// logFlags say what is logged, and where to.
type logFlags struct {
	Level  string `name:"log.level" default:"info" enum:"fatal,error,warn,info,debug,trace" help:"fatal, error, warn, info, debug or trace."`
	Format string `name:"log.format" default:"plain" enum:"plain,json" help:"plain or json."`
	Path   string `name:"path.logs" short:"l" help:"Folder for the log file; the log goes to standard error where it is missing." placeholder:"DIR"`
}

// everything is below all levels: the handlers' own limit, since logging.Levels decides.
const everything = slog.LevelDebug - 8

// open makes the logger, and the levels by which it changes at run time.
func (f *logFlags) open(p *Program) (*slog.Logger, *logging.Levels, error) {
	level, err := logging.ParseLevel(f.Level)
	if err != nil {
		return nil, nil, err
	}
	levels := logging.NewLevels(level)
	var w io.Writer = p.Stderr
	if f.Path != "" {
		if err := os.MkdirAll(f.Path, 0o750); err != nil {
			return nil, nil, fmt.Errorf("make the log folder: %w", err)
		}
		file, err := os.OpenFile(filepath.Join(f.Path, p.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
		if err != nil {
			return nil, nil, fmt.Errorf("open the log: %w", err)
		}
		w = file
	}
	opts := &slog.HandlerOptions{Level: everything}
	if f.Format == "json" {
		return slog.New(levels.Handler(slog.NewJSONHandler(w, opts))), levels, nil
	}
	return slog.New(levels.Handler(slog.NewTextHandler(w, opts))), levels, nil
}
