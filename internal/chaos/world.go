package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"castor/internal/testkit/netfault"
	"castor/internal/testkit/servers"
)

// world is everything that runs.
type world struct {
	opt      options
	dir      string
	began    time.Time
	broker   node
	toBroker *netfault.Proxy
	toEngine *netfault.Proxy
	front    *front
	engine   *member // nil: a real one, which is not ours to kill
	shippers []*member
	indexers []*member
	writers  []*writer
	tmpfs    []string // the shippers' disks, empty without root

	stop      chan struct{} // closed when faults and writers end
	failed    chan error
	work      sync.WaitGroup
	out       io.Writer
	mu        sync.Mutex
	counts    map[string]int
	forgotten map[int64]bool // lines that the broker held when it died without memory
}

func (w *world) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.out, "%7.1fs "+format+"\n", append([]any{time.Since(w.began).Seconds()}, args...)...)
}

func (w *world) count(fault string) {
	w.mu.Lock()
	w.counts[fault]++
	w.mu.Unlock()
}

func (w *world) fail(err error) {
	select {
	case w.failed <- err:
	default:
	}
}

// build compiles the pair, and the engine, into the working folder.
func (w *world) build() error {
	for name, pkg := range map[string]string{"castor-shipper": "castor/shipper", "castor-indexer": "castor/indexer", "engine": "castor/internal/chaos/engine"} {
		c := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(w.dir, name), pkg)
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return nil
}

// start brings everything up: servers, proxies, indexers, writers, shippers.
func (w *world) start() error {
	var err error
	if w.broker, err = startBroker(w.opt.broker, filepath.Join(w.dir, "broker")); err != nil {
		return err
	}
	if w.toBroker, err = netfault.Start(w.broker.address()); err != nil {
		return err
	}
	url := w.opt.engine
	if url == "" {
		if url, err = w.startEngine(); err != nil {
			return err
		}
	} else if err := putTemplate(url, w.indexPrefix()); err != nil {
		return err
	}
	if w.front, err = startFront(url); err != nil {
		return err
	}
	if w.toEngine, err = netfault.Start(w.front.addr); err != nil {
		return err
	}
	return w.startPair()
}

func (w *world) startEngine() (string, error) {
	ports, err := servers.FreePorts(1)
	if err != nil {
		return "", err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", ports[0])
	w.engine = &member{role: "engine", dir: w.dir, name: filepath.Join(w.dir, "engine"), args: []string{"-addr", addr, "-file", w.documents()}}
	if w.opt.soak {
		w.engine.args = append(w.engine.args, "-count")
	}
	if err := w.engine.start(); err != nil {
		return "", err
	}
	for range 250 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return "http://" + addr, c.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return "", errors.New("the engine does not answer")
}

func (w *world) documents() string   { return filepath.Join(w.dir, "documents.ndjson") }
func (w *world) indexPrefix() string { return fmt.Sprintf("chaos-%d-%d-", w.opt.seed, w.began.Unix()) }

const shipperConf = `
input { file { path => [%s] start_position => "beginning" sincedb_path => "%s/positions" stat_interval => "200 ms" discover_interval => 5 max_line_bytes => "%s" } }
output { %s }
`

const indexerConf = `
input { %s }
filter { grok { match => { "message" => "^#%%{INT:n:int} %%{DATA:kind} size=%%{NOTSPACE:size} " } } }
output { elasticsearch { hosts => ["http://%s"] index => "%slines" manage_template => false timeout => 5 } }
`

func (w *world) startPair() error {
	_, port, _ := net.SplitHostPort(w.toBroker.Addr)
	output, input := w.broker.conf(port)
	for i := range w.opt.indexers {
		m, err := w.member("indexer", i)
		if err != nil {
			return err
		}
		if err := w.run(m, fmt.Sprintf(indexerConf, input, w.toEngine.Addr, w.indexPrefix())); err != nil {
			return err
		}
		w.indexers = append(w.indexers, m)
	}
	kinds := rotations()
	half := (len(kinds) + 1) / 2
	for i := range 2 {
		m, err := w.member("shipper", i)
		if err != nil {
			return err
		}
		w.mountDisk(m)
		w.shippers = append(w.shippers, m)
		globs, err := w.logs(m, kinds[i*half:min(len(kinds), (i+1)*half)])
		if err != nil {
			return err
		}
		if err := w.run(m, fmt.Sprintf(shipperConf, strings.Join(globs, ", "), m.data, w.longestLine(), output)); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) member(role string, n int) (*member, error) {
	m := &member{role: role, n: n}
	m.dir = filepath.Join(w.dir, m.String())
	m.data = filepath.Join(m.dir, "data")
	m.name = filepath.Join(w.dir, "castor-"+role)
	return m, os.MkdirAll(m.data, 0o700)
}

func (w *world) run(m *member, conf string) error {
	path := filepath.Join(m.dir, m.role+".conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		return err
	}
	m.args = []string{"-f", path, "--path.data", m.data, "--path.settings", m.dir}
	if w.opt.soak {
		ports, err := servers.FreePorts(1)
		if err != nil {
			return err
		}
		m.api = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
		m.args = append(m.args, "--api.http.port", strconv.Itoa(ports[0]))
	}
	return m.start()
}

// longestLine is where lines are cut. A real engine with a small heap answers 429 to a document of 10 MiB for ever.
func (w *world) longestLine() string {
	if w.opt.engine != "" {
		return "2MiB"
	}
	return "10MiB"
}

// mountDisk gives a shipper's positions a disk of 2 MB, which can be filled. It takes root.
func (w *world) mountDisk(m *member) {
	if err := syscall.Mount("tmpfs", m.data, "tmpfs", 0, "size=2m"); err != nil {
		w.say("no disk of its own for %v, so none is filled: %v", m, err)
		return
	}
	w.tmpfs = append(w.tmpfs, m.data)
}

// logs makes the writers of one shipper and returns their globs.
func (w *world) logs(m *member, kinds []*rotation) (globs []string, err error) {
	for _, k := range kinds {
		id := len(w.writers)
		wr := &writer{id: id, kind: k, shipper: m, rate: w.opt.rate / len(rotations()), next: int64(id+1) * space,
			random: rand.New(rand.NewPCG(w.opt.seed, uint64(100+id))), bad: map[int64]bool{}, faults: map[string]int{}}
		wr.dir = filepath.Join(w.dir, "logs", strconv.Itoa(id))
		wr.path = filepath.Join(wr.dir, strings.TrimSuffix(k.glob, "*"))
		if w.opt.soak {
			wr.keep = 5
		}
		if k.name == "rename" {
			wr.huge = w.opt.huge
		}
		if err := os.MkdirAll(wr.dir, 0o700); err != nil {
			return nil, err
		}
		if err := k.create(wr); err != nil {
			return nil, err
		}
		w.writers = append(w.writers, wr)
		globs = append(globs, strconv.Quote(filepath.Join(wr.dir, k.glob)))
	}
	return globs, nil
}

func (w *world) members() []*member {
	all := append(append([]*member{}, w.shippers...), w.indexers...)
	if w.engine != nil {
		all = append(all, w.engine)
	}
	return all
}

// watch looks after the programs until done is closed.
func (w *world) watch(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(200 * time.Millisecond):
		}
		for _, m := range w.members() {
			before := len(m.crashes)
			if err := m.look(); err != nil {
				w.fail(err)
			}
			if len(m.crashes) > before {
				w.say("%v ENDED BY ITSELF:\n%s", m, m.crashes[before])
			}
		}
	}
}

// end stops everything.
func (w *world) end() {
	for _, m := range w.members() {
		if m.proc != nil {
			m.stop(10 * time.Second)
		}
	}
	if w.toBroker != nil {
		w.toBroker.Close()
	}
	if w.toEngine != nil {
		w.toEngine.Close()
	}
	if w.front != nil {
		_ = w.front.server.Close()
	}
	if w.broker != nil {
		w.broker.end()
	}
	if w.opt.engine != "" {
		dropIndices(w.opt.engine, w.indexPrefix())
	}
	for _, path := range w.tmpfs {
		_ = os.CopyFS(path+".kept", os.DirFS(path))
		_ = syscall.Unmount(path, syscall.MNT_DETACH)
	}
}

// dropIndices leaves a real engine as it was; what fails is left there.
func dropIndices(url, prefix string) {
	for _, path := range []string{"/" + prefix + "lines", "/_index_template/" + strings.TrimSuffix(prefix, "-")} {
		r, err := http.NewRequest(http.MethodDelete, url+path, nil)
		if err != nil {
			continue
		}
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	}
}

// putTemplate makes "size" a number in a real engine.
func putTemplate(url, prefix string) error {
	body := `{"index_patterns":["` + prefix + `*"],"template":{"settings":{"number_of_replicas":0,"refresh_interval":"5s"},` +
		`"mappings":{"properties":{"size":{"type":"long"},"n":{"type":"long"},"message":{"type":"text","index":false}}}}}`
	r, err := http.NewRequest(http.MethodPut, url+"/_index_template/"+strings.TrimSuffix(prefix, "-"), strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("put the index template: %s: %s", resp.Status, text)
	}
	return nil
}
