package tail

import (
	"fmt"
	"os"
	"time"

	"castor/internal/offsets"
)

// completeFile does what file_completed_action asks for, when every line of the file is acknowledged. A file that grew meanwhile is read
// on instead: it was not complete.
func (e *Engine) completeFile(f *file, now time.Time) {
	if st, err := statFile(f.fd); err == nil && !f.zipped && st.size > f.pos {
		e.mu.Lock()
		e.setPhase(f, idle)
		f.final = false
		e.enqueue(f)
		e.mu.Unlock()
		return
	}
	e.mu.Lock()
	e.closeFile(f)
	e.setPhase(f, idle)
	f.finished = true
	e.mu.Unlock()
	if f.info != nil {
		e.reg.SetState(f.info.ID, offsets.Done)
	}
	if f.broken {
		return // reported; a file that could not be read is neither logged as completed nor deleted
	}
	e.logCompleted(f.path)
	if e.cfg.CompletedAction == Log {
		return
	}
	if err := e.reg.Flush(); err != nil {
		e.log.Warn("a completed file is deleted although its position could not be saved", "path", f.path, "error", err)
	}
	if f.look == "" {
		e.letGo(f, offsets.Gone) // somebody renamed or deleted it meanwhile
		return
	}
	if err := os.Remove(f.look); err != nil && !os.IsNotExist(err) {
		e.log.Error("a completed file cannot be deleted", "path", f.look, "error", err)
		return
	}
	e.letGo(f, offsets.Gone)
}

func (e *Engine) logCompleted(path string) {
	if e.cfg.CompletedAction == Delete {
		return
	}
	if err := appendLine(e.cfg.CompletedLogPath, path); err != nil {
		e.log.Error("a completed file cannot be noted in file_completed_log_path", "path", path, "error", err)
	}
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("open the log of completed files: %w", err)
	}
	_, err = f.WriteString(line + "\n")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// allCompleted says whether every file that was found at the start is done with.
func (e *Engine) allCompleted() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.ready)+len(e.queue)+e.busy > 0 || e.ended.Load() > 0 {
		return false
	}
	for _, f := range e.files {
		if !f.finished && !f.ignored && f.retryAt.IsZero() {
			return false
		}
	}
	return e.discovered
}
