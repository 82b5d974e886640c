package offsets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ReadBeaver reads Beaver's sincedb, an SQLite file with the table sincedb(fid, filename, position). Beaver counts lines: each file is
// read up to its position to learn the byte offset. skipped names the files that cannot be taken over, and why.
func ReadBeaver(path string) (list []Entry, skipped []string, err error) {
	rows, err := readTable(path, "sincedb")
	if err != nil {
		return nil, nil, fmt.Errorf("read Beaver's sincedb %s: %w", path, err)
	}
	for _, row := range rows {
		if len(row) < 3 {
			return nil, nil, fmt.Errorf("read Beaver's sincedb %s: its table has other columns than fid, filename and position", path)
		}
		e, err := beaverEntry(row)
		if err != nil {
			skipped = append(skipped, fmt.Sprintf("%v: %v", row[1], err))
			continue
		}
		list = append(list, e)
	}
	return list, skipped, nil
}

func beaverEntry(row []any) (e Entry, err error) {
	fid, _ := row[0].(string)
	e.Path, _ = row[1].(string)
	lines, ok := row[2].(int64)
	if !ok {
		return e, fmt.Errorf("its position %v is no number", row[2])
	}
	dev, inode, found := strings.Cut(fid, "g")
	if e.Dev, err = strconv.ParseUint(dev, 16, 64); err != nil || !found {
		return e, fmt.Errorf("its fid %q is not DEVICEgINODE", fid)
	}
	if e.Inode, err = strconv.ParseUint(inode, 16, 64); err != nil {
		return e, fmt.Errorf("its fid %q is not DEVICEgINODE", fid)
	}
	e.State = Imported
	e.Offset, err = offsetOfLine(e, lines)
	return e, err
}

// offsetOfLine returns the byte offset behind so many lines of the file that e describes.
func offsetOfLine(e Entry, lines int64) (int64, error) {
	f, err := os.Open(e.Path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return 0, err
	}
	if st.Ino != e.Inode || uint64(st.Dev) != e.Dev {
		return 0, errors.New("the name belongs to another file now")
	}
	in := bufio.NewReaderSize(f, 1<<20)
	var offset int64
	for lines > 0 {
		part, err := in.ReadSlice('\n')
		offset += int64(len(part))
		switch {
		case err == nil:
			lines--
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return 0, errors.New("it has fewer lines than were read: it was truncated")
		default:
			return 0, err
		}
	}
	return offset, nil
}
