package lsconf

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/printer"
)

// TestConformanceRoundTrip parses every configuration of the cases, prints it and parses it again.
func TestConformanceRoundTrip(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(conformanceDir(), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			passed, all := 0, 0
			readCases(t, file, func(line []byte) {
				var c struct {
					ID, Config string
					Escapes    bool `json:"support_escapes"`
				}
				if json.Unmarshal(line, &c) != nil || c.Config == "" {
					return
				}
				o := Options{SupportEscapes: c.Escapes}
				cfg, list := Parse("config", c.Config, o)
				if list.HasErrors() {
					return // that it may is TestConformanceConfigParse's and TestConformanceMistakes' affair
				}
				all++
				if why := roundTrip(cfg, o); why != "" {
					t.Errorf("%s: %s", c.ID, why)
					return
				}
				passed++
			})
			fmt.Printf("%s: passed %d of %d (printed and parsed again)\n", filepath.Base(file), passed, all)
		})
	}
}

// roundTrip tells what is wrong with the printed form of a configuration; "" where nothing is.
func roundTrip(cfg *ast.Config, o Options) string {
	once := printer.Print(cfg)
	again, list := Parse("config", once, o)
	switch {
	case list.HasErrors():
		return "the printed form does not parse: " + list.Error() + "\n" + once
	case !ast.Same(cfg, again):
		return "the printed form means something else:\n" + once
	case len(cfg.Comments) != len(again.Comments):
		return "a comment is lost:\n" + once
	case printer.Print(again) != once:
		return "printing twice differs:\n" + once + "\n" + printer.Print(again)
	}
	return ""
}
