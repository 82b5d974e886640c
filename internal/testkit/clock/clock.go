// Package clock sets the wall clock of one running process, for tests: the machine's clock and everybody else's stay as they are. The process
// may be any program that asks the kernel's vDSO for the time, as Go's and the C library's do. It imports the standard library only.
//
// The vDSO's functions get a jump to a few instructions behind them in the same page, which ask the kernel by a system call and add an offset.
// Clocks that only count, as CLOCK_MONOTONIC, go on undisturbed, and so do the times that the kernel gives files, as when somebody sets the
// clock of a machine whose files are older.
package clock

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Set makes a process's wall clock differ from the machine's by an offset, in whole seconds, from now on; 0 makes it right again. It needs
// Linux on amd64 and the permission to trace the process, which a parent has. A process that is stopped goes on.
func Set(pid int, offset time.Duration) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return errors.New("a process's clock can be set on Linux and amd64 only")
	}
	p, err := open(pid)
	if err != nil {
		return fmt.Errorf("set the clock of process %d: %w", pid, err)
	}
	defer func() { _ = p.mem.Close() }()
	if err := p.set(int64(offset / time.Second)); err != nil {
		return fmt.Errorf("set the clock of process %d: %w", pid, err)
	}
	return nil
}

// process is one with its vDSO.
type process struct {
	pid   int
	mem   *os.File
	base  int64 // where the vDSO begins
	image []byte
	funcs map[string]int64 // places of its functions in the image
}

func open(pid int) (*process, error) {
	from, to, err := vdso(pid)
	if err != nil {
		return nil, err
	}
	p := &process{pid: pid, base: from, image: make([]byte, to-from), funcs: map[string]int64{}}
	if p.mem, err = os.OpenFile(p.path("mem"), os.O_RDWR, 0); err != nil {
		return nil, err
	}
	if err := p.read(); err != nil {
		_ = p.mem.Close()
		return nil, err
	}
	return p, nil
}

func (p *process) path(name string) string { return filepath.Join("/proc", strconv.Itoa(p.pid), name) }

// vdso is where the page with the functions lies.
func vdso(pid int) (from, to int64, err error) {
	maps, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "maps"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(strings.TrimSpace(line), " [vdso]") {
			_, err := fmt.Sscanf(line, "%x-%x", &from, &to)
			return from, to, err
		}
	}
	return 0, 0, errors.New("it has no vDSO")
}

func (p *process) read() error {
	if _, err := p.mem.ReadAt(p.image, p.base); err != nil {
		return err
	}
	f, err := elf.NewFile(bytes.NewReader(p.image))
	if err != nil {
		return err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		p.funcs[s.Name] = int64(s.Value)
	}
	return nil
}

// stubs take the functions' places. 0xEE … stand for the distance to the offset.
var stubs = []struct {
	name string
	code []byte
}{
	{"__vdso_clock_gettime", []byte{
		0xb8, 228, 0, 0, 0, 0x0f, 0x05, // the system call
		0x85, 0xff, 0x74, 0x05, // CLOCK_REALTIME
		0x83, 0xff, 0x05, 0x75, 0x0a, // or CLOCK_REALTIME_COARSE:
		0x48, 0x8b, 0x0d, 0xee, 0xee, 0xee, 0xee, 0x48, 0x01, 0x0e, // add the offset to the seconds
		0xc3,
	}},
	{"__vdso_gettimeofday", []byte{
		0xb8, 96, 0, 0, 0, 0x0f, 0x05,
		0x48, 0x85, 0xff, 0x74, 0x0a, // if there is a place for it:
		0x48, 0x8b, 0x0d, 0xee, 0xee, 0xee, 0xee, 0x48, 0x01, 0x0f,
		0xc3,
	}},
	{"__vdso_time", []byte{
		0x57, 0x31, 0xff, 0xb8, 201, 0, 0, 0, 0x0f, 0x05, 0x5f,
		0x48, 0x03, 0x05, 0xee, 0xee, 0xee, 0xee,
		0x48, 0x85, 0xff, 0x74, 0x03, 0x48, 0x89, 0x07,
		0xc3,
	}},
}

const (
	jump   = 0xe9 // and a distance of four bytes
	jumped = 5
)

var distance = []byte{0xee, 0xee, 0xee, 0xee}

// set writes the offset, and before it, the first time, what adds it.
func (p *process) set(seconds int64) error {
	at, err := p.room()
	if err != nil {
		return err
	}
	offset := make([]byte, 8)
	binary.LittleEndian.PutUint64(offset, uint64(seconds))
	if _, err := p.mem.WriteAt(offset, p.base+at); err != nil || p.patched() {
		return err
	}
	entries := map[int64]int64{}
	next := at + 8
	for _, s := range stubs {
		entry, ok := p.funcs[s.name]
		if !ok {
			return fmt.Errorf("its vDSO has no %s", s.name)
		}
		code := bytes.Clone(s.code)
		i := bytes.Index(code, distance)
		binary.LittleEndian.PutUint32(code[i:], uint32(at-(next+int64(i)+4)))
		if _, err := p.mem.WriteAt(code, p.base+next); err != nil {
			return err
		}
		entries[entry] = next
		next += int64(len(code))
	}
	return p.redirect(entries)
}

func (p *process) patched() bool { return p.image[p.funcs[stubs[0].name]] == jump }

// room is the place of the offset: where the image ends, rounded up, with the stubs behind it.
func (p *process) room() (int64, error) {
	if p.patched() {
		entry := p.funcs[stubs[0].name]
		return entry + jumped + int64(int32(binary.LittleEndian.Uint32(p.image[entry+1:]))) - 8, nil
	}
	need := 8
	for _, s := range stubs {
		need += len(s.code)
	}
	used := (len(bytes.TrimRight(p.image, "\x00")) + 15) / 16 * 16
	if len(p.image)-used < need {
		return 0, errors.New("its vDSO has no room")
	}
	return int64(used), nil
}

// redirect writes the jumps while all threads stand still, none of them where a jump will be.
func (p *process) redirect(entries map[int64]int64) error {
	for range 100 {
		if err := p.stop(); err != nil {
			return err
		}
		if !p.inside(entries) {
			break
		}
		_ = syscall.Kill(p.pid, syscall.SIGCONT)
		time.Sleep(time.Millisecond)
	}
	defer func() { _ = syscall.Kill(p.pid, syscall.SIGCONT) }()
	for entry, stub := range entries {
		code := binary.LittleEndian.AppendUint32([]byte{jump}, uint32(stub-(entry+jumped)))
		if _, err := p.mem.WriteAt(code, p.base+entry); err != nil {
			return err
		}
	}
	return nil
}

// stop waits until every thread stands still.
func (p *process) stop() error {
	if err := syscall.Kill(p.pid, syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if p.threads("stat", func(text string) bool {
			_, state, _ := strings.Cut(text, ") ")
			return !strings.HasPrefix(state, "T") && !strings.HasPrefix(state, "t")
		}) == 0 {
			return nil
		}
	}
	_ = syscall.Kill(p.pid, syscall.SIGCONT)
	return errors.New("it does not stand still")
}

// inside says whether a thread is about to execute what would be overwritten.
func (p *process) inside(entries map[int64]int64) bool {
	return p.threads("syscall", func(text string) bool {
		fields := strings.Fields(text)
		if len(fields) == 0 {
			return false
		}
		pc, err := strconv.ParseInt(fields[len(fields)-1], 0, 64)
		if err != nil {
			return false
		}
		for entry := range entries {
			if pc > p.base+entry && pc < p.base+entry+jumped {
				return true
			}
		}
		return false
	}) > 0
}

// threads counts those of which a file of /proc says something.
func (p *process) threads(name string, says func(string) bool) (n int) {
	paths, _ := filepath.Glob(p.path("task/*/" + name))
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil && says(string(text)) {
			n++
		}
	}
	return n
}
