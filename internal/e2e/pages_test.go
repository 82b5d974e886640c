package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"castor/internal/testkit/browser"
	"castor/internal/testkit/engines"
)

// pagesOf waits until a program has told where its pages are.
func pagesOf(t *testing.T, p *program, address *regexp.Regexp) (url, redis string) {
	t.Helper()
	eventually(t, time.Minute, "the pages' address", func() (bool, string) {
		log := p.Log()
		if m := address.FindStringSubmatch(log); m != nil {
			url = m[1]
		}
		if m := regexp.MustCompile(`redis://(\S+),`).FindStringSubmatch(log); m != nil {
			redis = m[1]
		}
		return url != "", log
	})
	return url, redis
}

// What is pushed into standalone by Redis' protocol is seen in the browser.
func TestPagesOfStandalone(t *testing.T) {
	p := start(t, "indexer", nil, "standalone", "--listen.redis", "127.0.0.1:0", "--listen.elasticsearch", "127.0.0.1:0", "--api.http.port", "0")
	address, broker := pagesOf(t, p, regexp.MustCompile(`pages +(http://\S+)`))
	b := browser.Open(t, address) // is sent on to the search
	b.WaitText("#empty", "There is no index yet")
	client := redis.NewClient(&redis.Options{Addr: broker})
	defer client.Close()
	if err := client.RPush(context.Background(), "logstash", `{"message":"it came all the way","host":"web1"}`).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the line in the page", func() (bool, string) {
		b.Click("#again")
		b.Wait(`document.querySelector("#status")?.innerText && !document.querySelector(".busy")`)
		text := b.Text("#hits")
		return strings.Contains(text, "it came all the way"), b.Text("#status")
	})
}

// A plain indexer's pages search where its output writes, and where --search.hosts says, by credentials that the browser never sees.
func TestPagesReadACluster(t *testing.T) {
	e := engines.Need(t, "es9")
	index := e.Index(t, "castor-e2e-pages")
	e.Do(t, "POST", "/"+index+"-a/_doc?refresh=true", `{"@timestamp":"`+time.Now().UTC().Format(time.RFC3339)+`","message":"of the output's cluster"}`)
	e.Do(t, "POST", "/"+index+"-b/_doc?refresh=true", `{"@timestamp":"`+time.Now().UTC().Format(time.RFC3339)+`","message":"of the cluster behind a password"}`)
	target, _ := url.Parse(e.URL)
	forward := httputil.NewSingleHostReverseProxy(target)
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "reader" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		forward.ServeHTTP(w, r)
	}))
	defer guarded.Close()
	config := fmt.Sprintf(`input { redis { host => "127.0.0.1" port => 1 data_type => "list" key => "k" } } output { elasticsearch { hosts => [%q] manage_template => false } }`, e.URL)
	for _, c := range []struct{ name, settings, index, want string }{
		{"output", "search.index: " + index + "-a", index + "-a", "of the output's cluster"},
		{"search.hosts", "search.hosts: " + guarded.URL + "\nsearch.user: reader\nsearch.password: ${PAGES_SECRET}\nsearch.index: " + index + "-b", index + "-b", "behind a password"},
		{"wrong password", "search.hosts: " + guarded.URL + "\nsearch.user: reader\nsearch.password: wrong\nsearch.index: " + index + "-b", index + "-b", "refuses the user that Castor searches as"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "castor.yml"), []byte(c.settings+"\napi.http.port: 0\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, "indexer", []string{"PAGES_SECRET=s3cret"}, "-e", config, "--path.settings", dir)
			address, _ := pagesOf(t, p, apiAddress)
			b := browser.Open(t, "http://"+address+"/ui/")
			b.Allow("status of 502")
			b.WaitText("#main", c.want)
			var config string
			b.Eval(`fetch("settings").then((a) => a.text())`, &config)
			if strings.Contains(config, "s3cret") || !strings.Contains(config, c.index) {
				t.Errorf("the page is told %s", config)
			}
		})
	}
}
