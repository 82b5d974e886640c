package api

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// peaks are the highest values that were seen.
type peaks struct {
	mu             sync.Mutex
	threads, files int
	heap           uint64
	lastCPU        time.Duration
	lastLook       time.Time
	percent        int
}

func (p *peaks) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.threads, p.files, p.heap = max(p.threads, runtime.NumGoroutine()), max(p.files, openFiles()), max(p.heap, m.HeapInuse)
	now, cpu := time.Now(), cpuTime()
	if d := now.Sub(p.lastLook); !p.lastLook.IsZero() && d > 0 {
		p.percent = int(math.Round(100 * float64(cpu-p.lastCPU) / float64(d) / float64(runtime.NumCPU())))
	}
	p.lastLook, p.lastCPU = now, cpu
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// openFiles counts file descriptors; -1 where the system does not tell.
func openFiles() int {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return -1
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return -1
	}
	return len(names) - 1
}

func maxFiles() int64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return -1
	}
	return int64(min(l.Cur, math.MaxInt64))
}

// memory is the process's virtual and resident size in bytes.
func memory() (virtual, resident int64) {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return -1, -1
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return -1, -1
	}
	pages, page := func(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n }, int64(os.Getpagesize())
	return pages(fields[0]) * page, pages(fields[1]) * page
}

func loadAverage() obj {
	data, err := os.ReadFile("/proc/loadavg")
	fields := bytes.Fields(data)
	if err != nil || len(fields) < 3 {
		return obj{}
	}
	avg := obj{}
	for i, name := range []string{"1m", "5m", "15m"} {
		if f, err := strconv.ParseFloat(string(fields[i]), 64); err == nil {
			avg[name] = f
		}
	}
	return avg
}

func (s *Server) processStats() obj {
	s.peaks.look()
	s.peaks.mu.Lock()
	defer s.peaks.mu.Unlock()
	virtual, resident := memory()
	return obj{
		"open_file_descriptors": openFiles(), "peak_open_file_descriptors": s.peaks.files, "max_file_descriptors": maxFiles(),
		"mem": obj{"total_virtual_in_bytes": virtual, "resident_in_bytes": resident},
		"cpu": obj{"total_in_millis": cpuTime().Milliseconds(), "percent": s.peaks.percent, "load_average": loadAverage()},
	}
}

// heapLimit is what the heap may grow to: GOMEMLIMIT, else the machine's memory as far as it is known.
func heapLimit() int64 {
	if l := debug.SetMemoryLimit(-1); l < math.MaxInt64 {
		return l
	}
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		return int64(info.Totalram) * int64(info.Unit)
	}
	return math.MaxInt64
}

// jvmStats has the fields of Logstash's JVM filled from Go's runtime: threads are goroutines, the heap is Go's, the old pool is
// what is in use, the collector young is Go's only one.
func (s *Server) jvmStats() obj {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.peaks.look()
	s.peaks.mu.Lock()
	defer s.peaks.mu.Unlock()
	limit := heapLimit()
	pool := func(used, peak, committed uint64, most int64) obj {
		return obj{"used_in_bytes": used, "peak_used_in_bytes": peak, "committed_in_bytes": committed, "max_in_bytes": most, "peak_max_in_bytes": most}
	}
	return obj{
		"threads": obj{"count": runtime.NumGoroutine(), "peak_count": s.peaks.threads},
		"mem": obj{
			"heap_used_in_bytes": m.HeapInuse, "heap_committed_in_bytes": m.HeapSys - m.HeapReleased, "heap_max_in_bytes": limit,
			"heap_used_percent":      int(100 * float64(m.HeapInuse) / float64(limit)),
			"non_heap_used_in_bytes": m.StackInuse + m.MSpanInuse + m.MCacheInuse, "non_heap_committed_in_bytes": m.Sys - m.HeapSys,
			"pools": obj{
				"old":      pool(m.HeapInuse, s.peaks.heap, m.HeapSys-m.HeapReleased, limit),
				"young":    pool(0, 0, 0, -1),
				"survivor": pool(0, 0, 0, -1),
			},
		},
		"gc": obj{"collectors": obj{
			"young": obj{"collection_count": m.NumGC, "collection_time_in_millis": m.PauseTotalNs / 1e6},
			"old":   obj{"collection_count": 0, "collection_time_in_millis": 0},
		}},
		"uptime_in_millis": time.Since(s.started).Milliseconds(),
	}
}

func (s *Server) jvmInfo() obj {
	return obj{
		"pid": os.Getpid(), "version": runtime.Version(), "vm_name": "Go", "vm_version": runtime.Version(), "vm_vendor": "The Go Authors",
		"start_time_in_millis": s.started.UnixMilli(),
		"mem":                  obj{"heap_init_in_bytes": 0, "heap_max_in_bytes": heapLimit(), "non_heap_init_in_bytes": 0, "non_heap_max_in_bytes": 0},
		"gc_collectors":        []string{"Go concurrent mark and sweep"},
	}
}

func osInfo() obj {
	var u syscall.Utsname
	version := ""
	if syscall.Uname(&u) == nil {
		for _, c := range u.Release {
			if c == 0 {
				break
			}
			version += string(rune(byte(c)))
		}
	}
	return obj{"name": "Linux", "arch": runtime.GOARCH, "version": version, "available_processors": runtime.NumCPU()}
}

// osStats has the control group's processor time where the system tells it (cgroup version 2).
func osStats() obj {
	data, err := os.ReadFile("/proc/self/cgroup")
	group, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "0::")
	if err != nil || !ok || strings.Contains(group, "\n") {
		return obj{}
	}
	dir := "/sys/fs/cgroup" + group
	if _, err := os.Stat(dir + "/cpu.stat"); err != nil {
		dir = "/sys/fs/cgroup"
	}
	stat, err := os.ReadFile(dir + "/cpu.stat")
	if err != nil {
		return obj{}
	}
	values := map[string]int64{}
	for line := range strings.Lines(string(stat)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[name], _ = strconv.ParseInt(value, 10, 64)
	}
	quota, period := int64(-1), int64(100000)
	if limit, err := os.ReadFile(dir + "/cpu.max"); err == nil {
		if f := strings.Fields(string(limit)); len(f) == 2 {
			period, _ = strconv.ParseInt(f[1], 10, 64)
			if q, err := strconv.ParseInt(f[0], 10, 64); err == nil {
				quota = q
			}
		}
	}
	return obj{"cgroup": obj{
		"cpuacct": obj{"control_group": group, "usage_nanos": values["usage_usec"] * 1000},
		"cpu": obj{
			"control_group": group, "cfs_period_micros": period, "cfs_quota_micros": quota,
			"stat": obj{
				"number_of_elapsed_periods": values["nr_periods"], "number_of_times_throttled": values["nr_throttled"],
				"time_throttled_nanos": values["throttled_usec"] * 1000,
			},
		},
	}}
}
