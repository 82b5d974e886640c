package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
)

// logFlags say what is logged, and where to.
type logFlags struct {
	Level  string `name:"log.level" default:"info" enum:"fatal,error,warn,info,debug,trace" help:"fatal, error, warn, info, debug or trace."`
	Format string `name:"log.format" default:"plain" enum:"plain,json" help:"plain or json."`
	Path   string `name:"path.logs" short:"l" help:"Folder for the log file; the log goes to standard error where it is missing." placeholder:"DIR"`
}

var levels = map[string]slog.Level{
	"fatal": slog.LevelError, "error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug, "trace": slog.LevelDebug,
}

// open makes the logger, and the variable by which its level changes at run time.
func (f *logFlags) open(p *Program) (*slog.Logger, *slog.LevelVar, error) {
	level := new(slog.LevelVar)
	level.Set(levels[f.Level])
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
	opts := &slog.HandlerOptions{Level: level}
	if f.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), level, nil
	}
	return slog.New(slog.NewTextHandler(w, opts)), level, nil
}
