package multiline_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/plugins/input/file"
	"castor/internal/testkit/plugintest"
)

// sink takes deliveries and acknowledges them, or gives them back.
type sink struct {
	mu     sync.Mutex
	refuse bool
	order  []string
	byID   map[string]string
}

func (s *sink) emit(_ context.Context, d plugin.Delivery) error {
	s.mu.Lock()
	for _, e := range d.Events {
		v, _ := e.Fields().Get(event.MessageField)
		s.order = append(s.order, v.Str())
		s.byID[e.ID()] = v.Str()
	}
	refuse := s.refuse
	s.mu.Unlock()
	if refuse {
		go d.Done(errors.New("not taken"))
	} else {
		d.Done(nil)
	}
	return nil
}

func (s *sink) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

func (s *sink) wait(t *testing.T, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if got := s.messages(); len(got) >= n {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("expected %d events, got %q", n, s.messages())
		}
	}
}

type run struct {
	in     plugin.Input
	cancel context.CancelFunc
	done   chan error
}

func start(t *testing.T, dir, options string, s *sink) *run {
	t.Helper()
	env := plugintest.Env(t)
	env.DataDir = dir
	text := fmt.Sprintf(`file { path => %q start_position => "beginning" stat_interval => "20 ms" discover_interval => 1 sincedb_path => %q
		codec => multiline { pattern => "^\s" what => "previous" %s } }`, filepath.Join(dir, "*.log"), filepath.Join(dir, "sincedb"), options)
	in := plugintest.Input(t, text, env, file.Spec, multiline.Spec, plain.Spec)
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{in, cancel, make(chan error, 1)}
	go func() { r.done <- in.Run(ctx, s.emit) }()
	return r
}

func (r *run) stop(t *testing.T) {
	t.Helper()
	r.cancel()
	select {
	case err := <-r.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the input does not end")
	}
	if err := r.in.Close(); err != nil {
		t.Error(err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// The last message of a file comes out two seconds after its last line, and each file has its own.
func TestFilesAreFlushedByTime(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "a.log"), "one\n 1\ntwo\n 2\n")
	appendTo(t, filepath.Join(dir, "b.log"), "three\n 3\n")
	s := &sink{byID: map[string]string{}}
	r := start(t, dir, "", s)
	got := s.wait(t, 3)
	r.stop(t)
	slices.Sort(got)
	if want := []string{"one\n 1", "three\n 3", "two\n 2"}; !slices.Equal(got, want) || len(s.byID) != 3 {
		t.Errorf("expected %q, got %q with %d ids", want, got, len(s.byID))
	}
}

// A message that is not complete when the input ends is read again from its first line, and the ids of what
// was given before are the same the second time.
func TestNothingPendingIsAcknowledged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.log")
	appendTo(t, path, "one\n 1\ntwo\n")
	s := &sink{byID: map[string]string{}}
	r := start(t, dir, "auto_flush_interval => 600", s)
	s.wait(t, 1)
	r.stop(t)
	appendTo(t, path, " 2\nthree\n")
	again := &sink{byID: map[string]string{}}
	r = start(t, dir, "auto_flush_interval => 600", again)
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(again.messages(), "two\n 2"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("two is not complete: first %q, then %q", s.messages(), again.messages())
		}
	}
	r.stop(t)
	for _, m := range append(s.messages(), again.messages()...) {
		if m == "two" || strings.HasPrefix(m, " ") {
			t.Errorf("half a message: %q", m)
		}
	}
	for id, m := range again.byID {
		if old, ok := s.byID[id]; ok && old != m {
			t.Errorf("id %s is %q and %q", id, old, m)
		}
		for other, om := range s.byID {
			if om == m && other != id {
				t.Errorf("%q has the ids %s and %s", m, other, id)
			}
		}
	}
}

// What the pipeline gives back is read again, under the same ids.
func TestRefusedIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "a.log"), "one\n 1\ntwo\n 2\nthree\n")
	s := &sink{byID: map[string]string{}, refuse: true}
	r := start(t, dir, "auto_flush_interval => 0.05", s)
	s.wait(t, 3)
	r.stop(t)
	again := &sink{byID: map[string]string{}}
	r = start(t, dir, "auto_flush_interval => 0.05", again)
	again.wait(t, 3)
	r.stop(t)
	if len(again.byID) != 3 {
		t.Errorf("got %q", again.byID)
	}
	for id, m := range again.byID {
		if s.byID[id] != m {
			t.Errorf("id %s: %q before, %q now", id, s.byID[id], m)
		}
	}
}
