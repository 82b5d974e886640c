package spool

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Scan calls f for every record in dir that the named reader has not
// acknowledged, until f returns an error, which Scan returns. It takes no lock
// and changes nothing, so it may run beside the process that has the log open.
// Damaged parts are passed over. A folder that does not exist has no records.
// Data is valid until f returns.
func Scan(dir, reader string, f func(Record) error) error {
	names, err := segmentNames(dir)
	if err != nil {
		return fmt.Errorf("read the spool %s: %w", dir, err)
	}
	from := peekCursor(filepath.Join(dir, reader+cursorSuffix)) + 1
	for i, name := range names {
		first, _ := parseSegmentName(name)
		end := uint64(math.MaxUint64)
		if i+1 < len(names) {
			end, _ = parseSegmentName(names[i+1])
		}
		if end <= from {
			continue
		}
		if err := scanFile(filepath.Join(dir, name), first, from, end, f); err != nil {
			return err
		}
	}
	return nil
}

func segmentNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), segmentSuffix) {
			if _, ok := parseSegmentName(e.Name()); ok {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

func scanFile(path string, first, from, end uint64, f func(Record) error) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	defer file.Close()
	head := make([]byte, headerBytes)
	if _, err := io.ReadFull(file, head); err != nil || string(head) != segmentMagic {
		return nil
	}
	s := scanner{src: file, off: headerBytes, limit: math.MaxInt64, maxRecord: 1 << 30}
	for seq := first; seq < end; seq++ {
		data, at, err := s.next()
		if err != nil {
			return nil
		}
		if seq < from {
			continue
		}
		if err := f(Record{Seq: seq, Time: at, Data: data}); err != nil {
			return err
		}
	}
	return nil
}
