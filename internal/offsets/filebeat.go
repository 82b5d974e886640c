package offsets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ReadFilebeat reads Filebeat's registry: the folder of version 7 and later (log.json, and the checkpoint that active.dat names; the folder
// itself, its parent "registry" or Filebeat's data folder may be given), one of these files, or the single JSON file of version 6. Both
// the log input's and the filestream input's states are understood. skipped names the states that cannot be taken over, and why.
func ReadFilebeat(path string) (list []Entry, skipped []string, err error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read Filebeat's registry: %w", err)
	}
	states := beatStates{}
	if st.IsDir() {
		err = states.readFolder(path)
	} else {
		err = states.readFile(path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read Filebeat's registry %s: %w", path, err)
	}
	list, skipped = states.entries()
	return list, skipped, nil
}

// beatState is the union of the state formats.
type beatState struct {
	Source    string      `json:"source"`
	Offset    int64       `json:"offset"`
	Timestamp beatTime    `json:"timestamp"`
	OS        *beatFileID `json:"FileStateOS"`
	Updated   beatTime    `json:"updated"`
	Cursor    *struct {
		Offset int64 `json:"offset"`
	} `json:"cursor"`
	Meta *struct {
		Source string `json:"source"`
		Name   string `json:"identifier_name"`
	} `json:"meta"`
}

type beatFileID struct {
	Inode  uint64 `json:"inode"`
	Device uint64 `json:"device"`
}

// beatTime is a time as text or as [nanoseconds, seconds]; what it is not does not matter.
type beatTime int64

func (t *beatTime) UnmarshalJSON(b []byte) error {
	var pair []uint64
	if json.Unmarshal(b, &pair) == nil && len(pair) == 2 && pair[1] < 1<<40 {
		*t = beatTime(pair[1])
	}
	return nil
}

// beatStates maps Filebeat's keys to states.
type beatStates map[string]beatState

func (s beatStates) readFolder(dir string) error {
	for _, d := range []string{dir, filepath.Join(dir, "filebeat"), filepath.Join(dir, "registry", "filebeat")} {
		if _, err := os.Stat(filepath.Join(d, "log.json")); err == nil {
			return s.readStore(d)
		}
	}
	return errors.New("no log.json is in it, in its folder filebeat, or in its folder registry/filebeat")
}

// readStore reads the checkpoint, if there is one, then the log of changes since.
func (s beatStates) readStore(dir string) error {
	active, err := os.ReadFile(filepath.Join(dir, "active.dat"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if name := strings.TrimSpace(string(active)); name != "" {
		if err := s.readFile(filepath.Join(dir, filepath.Base(name))); err != nil {
			return err
		}
	}
	return s.readFile(filepath.Join(dir, "log.json"))
}

func (s beatStates) readFile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		return s.readList(trimmed)
	}
	return s.readLog(data)
}

// readList reads a checkpoint (objects with "_key") or version 6's file (objects without).
func (s beatStates) readList(data []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return err
	}
	for i, item := range items {
		var key struct {
			Key string `json:"_key"`
		}
		var st beatState
		if err := errors.Join(json.Unmarshal(item, &key), json.Unmarshal(item, &st)); err != nil {
			return fmt.Errorf("understand item %d: %w", i+1, err)
		}
		if key.Key == "" {
			key.Key = fmt.Sprintf("item %d (%s)", i+1, st.Source)
		}
		s[key.Key] = st
	}
	return nil
}

// readLog applies pairs of an operation and its state. A torn last line is Filebeat's own way of ending after a crash.
func (s beatStates) readLog(data []byte) error {
	var op struct {
		Op string `json:"op"`
	}
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var rec struct {
			Op  string          `json:"op"`
			Key string          `json:"k"`
			Val json.RawMessage `json:"v"`
		}
		if json.Unmarshal(sc.Bytes(), &rec) != nil {
			break
		}
		switch {
		case rec.Op != "":
			op.Op = rec.Op
		case op.Op == "remove":
			delete(s, rec.Key)
		default:
			var st beatState
			if json.Unmarshal(rec.Val, &st) == nil {
				s[rec.Key] = st
			}
		}
	}
	return sc.Err()
}

func (s beatStates) entries() (list []Entry, skipped []string) {
	for key, st := range s {
		e, err := st.entry(key)
		if err != nil {
			skipped = append(skipped, fmt.Sprintf("%s: %v", key, err))
			continue
		}
		list = append(list, e)
	}
	return list, skipped
}

func (st beatState) entry(key string) (Entry, error) {
	e := Entry{Path: st.Source, Offset: st.Offset, Updated: int64(max(st.Timestamp, st.Updated)), State: Imported}
	if st.OS != nil {
		e.Inode, e.Dev = st.OS.Inode, st.OS.Device
		return e, nil
	}
	if st.Cursor == nil {
		return e, errors.New("nothing of it was delivered")
	}
	e.Offset = st.Cursor.Offset
	if st.Meta != nil {
		e.Path = st.Meta.Source
	}
	return e, e.locate(key)
}

// locate finds device and inode: in a "native" key, else from the path.
func (e *Entry) locate(key string) error {
	parts := strings.Split(key, "::")
	if len(parts) >= 4 && parts[len(parts)-2] == "native" {
		inode, dev, _ := strings.Cut(parts[len(parts)-1], "-")
		var err error
		if e.Inode, err = strconv.ParseUint(inode, 10, 64); err == nil {
			dev, _, _ = strings.Cut(dev, "-") // a marker may follow
			e.Dev, err = strconv.ParseUint(dev, 10, 64)
		}
		return err
	}
	var st syscall.Stat_t
	if err := syscall.Stat(e.Path, &st); err != nil {
		return fmt.Errorf("its identity is not an inode, and its path %q cannot be examined: %w", e.Path, err)
	}
	e.Inode, e.Dev = st.Ino, uint64(st.Dev)
	if e.Offset > st.Size {
		return fmt.Errorf("its path %q has another, smaller file now", e.Path)
	}
	return nil
}
