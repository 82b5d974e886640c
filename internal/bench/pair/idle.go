package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
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
	before, _, _, err := usage(cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(b.o.idle)
	after, resident, _, err := usage(cmd.Process.Pid)
	return after - before, resident, err
}

// usage is the processor time of a process, its resident memory now and the most that was resident, in bytes. What the system tells of that at the process's end
// would count the process that it was started by, too.
func usage(pid int) (cpu time.Duration, resident, peak int64, err error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, 0, 0, err
	}
	stat, err := p.Stat()
	if err != nil {
		return 0, 0, 0, err
	}
	status, err := p.NewStatus()
	return time.Duration(stat.CPUTime() * float64(time.Second)), int64(stat.ResidentMemory()), int64(status.VmHWM), err
}
