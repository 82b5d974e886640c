package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"castor/internal/testkit/servers"
)

// need is the path of a program of a Debian package.
func need(t *testing.T, program, pkg string) string {
	path := servers.Find(program)
	if path == "" {
		servers.Missing(t, program, "apt-get install "+pkg)
	}
	return path
}

// holds waits until a standalone's store finds so many documents with a word in their message.
func holds(t *testing.T, store, word string, want int) {
	t.Helper()
	eventually(t, 2*time.Minute, fmt.Sprintf("%d documents with %s", want, word), func() (bool, string) {
		resp, err := http.Get("http://" + store + "/logstash-*/_count?q=message:" + word)
		if err != nil {
			return false, err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return strings.Contains(string(body), fmt.Sprintf(`"count":%d}`, want)), string(body)
	})
}

// A filter section of one's own stands before the store, as the built-in one does.
func TestStandaloneWithFilters(t *testing.T) {
	const filters = `filter { mutate { add_field => { "message" => "ownfilter" } } }`
	for _, given := range [][]string{
		{"-e", filters},
		{"-f", write(t, "filters.conf", filters)},
		{"-f", write(t, "whole.conf", "input { stdin { } } "+filters+" output { }")}, // what it cannot do is said
	} {
		t.Run(given[0], func(t *testing.T) {
			p := start(t, "indexer", nil, append([]string{"standalone", "--listen.redis", "127.0.0.1:0", "--listen.elasticsearch", "127.0.0.1:0", "--api.http.port", "0"}, given...)...)
			_, broker := pagesOf(t, p, regexp.MustCompile(`pages +(http://\S+)`))
			store := regexp.MustCompile(`search +http://([^/]+)/`).FindStringSubmatch(p.Log())[1]
			client := redis.NewClient(&redis.Options{Addr: broker})
			defer client.Close()
			if err := client.RPush(t.Context(), "logstash", `{"message":"a line"}`).Err(); err != nil {
				t.Fatal(err)
			}
			holds(t, store, "ownfilter", 1)
			if whole := strings.HasSuffix(given[1], "whole.conf"); whole != strings.Contains(p.Log(), "takes no events by this input") {
				t.Error(p.Log())
			}
		})
	}
}

// What other programs push by Redis' protocol is all in the store: redis-cli's lists, in one command and by pipe, and rsyslog's omhiredis.
func TestOtherProducers(t *testing.T) {
	cli, rsyslogd := need(t, "redis-cli", "redis-tools"), need(t, "rsyslogd", "rsyslog rsyslog-hiredis")
	p := start(t, "indexer", nil, "standalone", "--listen.redis", "127.0.0.1:0", "--listen.elasticsearch", "127.0.0.1:0", "--api.http.port", "0")
	pagesOf(t, p, regexp.MustCompile(`pages +(http://\S+)`))
	store := regexp.MustCompile(`search +http://([^/]+)/`).FindStringSubmatch(p.Log())[1]
	broker := regexp.MustCompile(`redis://(\S+),`).FindStringSubmatch(p.Log())[1]
	host, port, _ := net.SplitHostPort(broker)

	t.Run("redis-cli", func(t *testing.T) {
		for _, args := range [][]string{
			{"RPUSH", "logstash", `{"message":"clidocument one","host":"a"}`, `{"message":"clidocument two"}`},
			{"LPUSH", "logstash", "clidocument as plain text"},
		} {
			if out, err := exec.Command(cli, append([]string{"-h", host, "-p", port}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v %s", args, err, out)
			}
		}
		pipe := exec.Command(cli, "-h", host, "-p", port, "--pipe")
		pipe.Stdin = strings.NewReader(strings.Repeat("RPUSH logstash '{\"message\":\"clidocument piped\"}'\r\n", 1000))
		if out, err := pipe.CombinedOutput(); err != nil || !strings.Contains(string(out), "errors: 0, replies: 1000") {
			t.Fatalf("%v %s", err, out)
		}
		holds(t, store, "clidocument", 1003)
	})
	t.Run("rsyslog", func(t *testing.T) {
		const lines = 2000
		listen := servers.FreePort(t)
		dir := t.TempDir()
		conf := write(t, "rsyslog.conf", fmt.Sprintf(`
			global(workDirectory=%q)
			module(load="imptcp") module(load="omhiredis")
			input(type="imptcp" address="127.0.0.1" port="%d")
			template(name="event" type="list" option.jsonf="on") {
				property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
				property(outname="host" name="hostname" format="jsonf")
				property(outname="program" name="programname" format="jsonf")
				property(outname="message" name="msg" format="jsonf")
			}
			action(type="omhiredis" server=%q serverport=%q mode="queue" key="logstash" template="event")`, dir, listen, host, port))
		r, err := servers.Start(dir, nil, rsyslogd, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Stop(5 * time.Second) })
		var c net.Conn
		eventually(t, time.Minute, "rsyslog's port", func() (bool, string) {
			c, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", listen))
			return err == nil, r.Log()
		})
		for i := range lines {
			fmt.Fprintf(c, "<13>Nov 27 01:02:03 node7 sshd[12]: syslogdocument %d\n", i)
		}
		c.Close()
		holds(t, store, "syslogdocument", lines)
	})
}
