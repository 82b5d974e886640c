package offsets

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultPath is the sincedb_path of a file input that names none: the one that Logstash would choose under its path.data, so that its
// positions are taken over when both use the same folder.
func DefaultPath(pathData string, paths []string) string {
	sum := md5.Sum([]byte(strings.Join(paths, ",")))
	return filepath.Join(pathData, "plugins", "inputs", "file", ".sincedb_"+hex.EncodeToString(sum[:]))
}

// Load reads the entries of a registry without locking or repairing it: for listings while its owner runs. Where there is none yet it
// reads the Logstash sincedb at the same path.
func Load(sincedbPath string) ([]Entry, error) {
	data, err := os.ReadFile(sincedbPath + suffix)
	if errors.Is(err, os.ErrNotExist) {
		return loadSincedb(sincedbPath)
	}
	if err != nil {
		return nil, fmt.Errorf("read the registry: %w", err)
	}
	if !bytes.HasPrefix(data, []byte(logMagic)) {
		if len(data) == 0 {
			return nil, nil
		}
		return nil, fmt.Errorf("read the registry %s: it does not begin like a registry", sincedbPath+suffix)
	}
	r := newRegistry(Options{})
	r.replay(data)
	return r.Entries(), nil
}

func loadSincedb(path string) ([]Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the registry: neither %s nor %s can be read: %w", path+suffix, path, err)
	}
	defer f.Close()
	list, err := ReadSincedb(f)
	if err != nil {
		return nil, fmt.Errorf("read the sincedb %s: %w", path, err)
	}
	return list, nil
}

// ReadForeign reads another program's positions: kind is "sincedb" (Logstash), "filebeat" or "beaver".
func ReadForeign(kind, path string) (list []Entry, skipped []string, err error) {
	switch kind {
	case "sincedb", "logstash":
		list, err = loadSincedb(path)
		return list, nil, err
	case "filebeat":
		return ReadFilebeat(path)
	case "beaver":
		return ReadBeaver(path)
	}
	return nil, nil, fmt.Errorf("import positions: %q is not known; it must be sincedb, filebeat or beaver", kind)
}

// Match returns the entries that a person means by text: an identity, a path, or a glob on paths.
func Match(list []Entry, text string) []Entry {
	var hits []Entry
	for _, e := range list {
		ok, _ := filepath.Match(text, e.Path)
		if ok || e.ID == text || e.Path == text {
			hits = append(hits, e)
		}
	}
	return hits
}
