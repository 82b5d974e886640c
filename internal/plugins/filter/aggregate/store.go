package aggregate

import (
	"bufio"
	"container/list"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"castor/internal/ruby/script"
)

// store has the maps of all aggregate filters of a pipeline.
type store struct {
	byPattern map[string]*tasks
	path      string // where they are kept from a stop to the next start; empty for nowhere
}

func (s *store) tasks(pattern string) *tasks {
	ts := s.byPattern[pattern]
	if ts == nil {
		ts = &tasks{byID: map[string]*task{}, order: list.New()}
		s.byPattern[pattern] = ts
	}
	return ts
}

func (s *store) count() int {
	n := 0
	for _, ts := range s.byPattern {
		n += len(ts.byID)
	}
	return n
}

func (s *store) clear() {
	for _, ts := range s.byPattern {
		ts.byID, ts.order, ts.due = map[string]*task{}, list.New(), time.Time{}
	}
}

// fileHeader is the first line of the file; a line for each task follows.
const fileHeader = "castor aggregate maps 1"

// record is a task as it stands in the file.
type record struct {
	Pattern    string          `json:"pattern"`
	ID         string          `json:"id"`
	Origin     string          `json:"origin,omitempty"`
	Events     int             `json:"events"`
	Created    time.Time       `json:"created"`
	Last       time.Time       `json:"last"`
	Wall       time.Time       `json:"created_wall"`
	LastWall   time.Time       `json:"last_wall"`
	Timeout    *time.Duration  `json:"timeout,omitempty"`
	Inactivity *time.Duration  `json:"inactivity,omitempty"`
	Map        json.RawMessage `json:"map"`
}

// save writes the maps to the file, which is whole or not there, and forgets them.
func (s *store) save() error {
	defer s.clear()
	if s.count() == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o750); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, fileHeader)
	var faults []error
	for pattern, ts := range s.byPattern {
		for e := ts.order.Front(); e != nil; e = e.Next() {
			if err := writeTask(w, pattern, e.Value.(*task)); err != nil {
				faults = append(faults, err)
			}
		}
	}
	err = errors.Join(w.Flush(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return errors.Join(append(faults, err)...)
}

func writeTask(w *bufio.Writer, pattern string, t *task) error {
	fields, err := script.Marshal(t.fields)
	if err != nil {
		return fmt.Errorf("the map of task %q cannot be stored: %w", t.id, err)
	}
	line, err := json.Marshal(record{pattern, t.id, t.origin, t.events, t.created, t.last, t.createdWall, t.lastWall, t.timeout, t.inactivity, fields})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

// load takes up the maps of the file and removes it.
func (s *store) load() (int, error) {
	file, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	if header, _ := lines.ReadString('\n'); header != fileHeader+"\n" {
		return 0, fmt.Errorf("%s is no file of Castor's; one of Logstash cannot be read: move it away to begin with no maps", s.path)
	}
	var tasks []record
	d := json.NewDecoder(lines)
	for d.More() {
		var r record
		if err := d.Decode(&r); err != nil {
			return 0, fmt.Errorf("%s is damaged behind its task %d: %w; move it away to begin with no maps", s.path, len(tasks), err)
		}
		tasks = append(tasks, r)
	}
	slices.SortStableFunc(tasks, func(a, b record) int { return a.Wall.Compare(b.Wall) })
	for _, r := range tasks {
		fields, err := script.Unmarshal(r.Map)
		if err != nil {
			return 0, fmt.Errorf("%s: the map of task %q: %w", s.path, r.ID, err)
		}
		s.tasks(r.Pattern).insert(&task{id: r.ID, origin: r.Origin, events: r.Events, fields: fields, created: r.Created, last: r.Last, createdWall: r.Wall, lastWall: r.LastWall,
			timeout: r.Timeout, inactivity: r.Inactivity})
	}
	return len(tasks), os.Remove(s.path)
}
