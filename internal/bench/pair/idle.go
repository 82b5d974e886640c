package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const idleName = "idle: 1,000 files that do not grow"

// watchIdle says what a shipper takes while nothing happens.
func (b *bench) watchIdle() error {
	folder := filepath.Join(b.dir, "idle")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("app-%03d.log", i)), []byte("one line\n"), 0o600); err != nil {
			return err
		}
	}
	for _, p := range b.o.bins {
		cpu, resident, err := b.idle(folder, p)
		if err != nil {
			return fmt.Errorf("%s: %w", idleName, err)
		}
		fmt.Printf("%-46s %-10s %.2f %% of a processor, %d MiB resident\n", idleName, p.name, 100*cpu.Seconds()/b.o.idle.Seconds(), resident>>20)
	}
	return nil
}

func (b *bench) idle(folder string, p programs) (cpu time.Duration, resident int64, err error) {
	c := aCase{events: 1000, count: b.listed, config: fmt.Sprintf(`
input { file { path => "%s/*.log" start_position => "beginning" sincedb_path => "/dev/null" } }
output { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }`, folder, b.port, shipped)}
	if err := b.emptyList(); err != nil {
		return 0, 0, err
	}
	cmd, err := b.launch("castor-shipper", p, c.config)
	if err != nil {
		return 0, 0, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-exited
	}()
	if err := wait(c, exited); err != nil {
		return 0, 0, err
	}
	time.Sleep(5 * time.Second) // what the start left to do
	before, _, err := usage(cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(b.o.idle)
	after, resident, err := usage(cmd.Process.Pid)
	return after - before, resident, err
}

// usage is the processor time and the resident memory of a process now.
func usage(pid int) (cpu time.Duration, resident int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 22 {
		return 0, 0, fmt.Errorf("unexpected /proc/%d/stat: %s", pid, text)
	}
	var n [3]int64
	for i, at := range []int{11, 12, 21} { // user and system time in hundredths of a second, pages
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return 0, 0, err
		}
	}
	return time.Duration(n[0]+n[1]) * 10 * time.Millisecond, n[2] * int64(os.Getpagesize()), nil
}
