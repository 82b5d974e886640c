package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// result is what became of every line.
type result struct {
	sent       int
	documents  int
	lost       []int64 // neither a document nor a dead letter, and nothing explains it
	doubled    []int64 // more than one document, or a document and a dead letter
	dead       map[int64]string
	repeated   int            // dead letters of a line that has one already
	reasons    map[string]int // of dead letters
	wrongDead  []int64        // dead letters of lines that nothing was wrong with
	badIndexed []int64        // lines that the mapping refuses, found as documents
	forgotten  int            // lost by a broker without memory
	removed    []int64        // only in a deleted file when its reader was killed
	strange    int            // documents whose number no writer gave
}

// documentNumbers counts the documents of each line.
func (w *world) documentNumbers() (map[int64]int, error) {
	if w.engine == nil {
		return searchNumbers(w.opt.engine, w.indexPrefix()+"*")
	}
	f, err := os.Open(w.documents())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found := map[int64]int{}
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return found, nil
		}
		var rec struct{ N int64 }
		if err := json.Unmarshal(line, &rec); err != nil {
			return nil, fmt.Errorf("read the engine's documents: %w", err)
		}
		found[rec.N]++
	}
}

// searchNumbers reads all documents of a real engine.
func searchNumbers(base, index string) (map[int64]int, error) {
	if err := ask(base+"/"+index+"/_refresh", "", nil); err != nil {
		return nil, err
	}
	found := map[int64]int{}
	var page struct {
		Scroll string `json:"_scroll_id"`
		Hits   struct {
			Hits []struct {
				Source struct{ N int64 } `json:"_source"`
			}
		}
	}
	err := ask(base+"/"+index+"/_search?scroll=1m", `{"size":10000,"_source":["n"],"sort":["_doc"]}`, &page)
	for err == nil && len(page.Hits.Hits) > 0 {
		for _, h := range page.Hits.Hits {
			found[h.Source.N]++
		}
		body := fmt.Sprintf(`{"scroll":"1m","scroll_id":%q}`, page.Scroll)
		page.Hits.Hits = nil
		err = ask(base+"/_search/scroll", body, &page)
	}
	return found, err
}

func ask(url, body string, into any) error {
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusNotFound {
		return nil // no index yet
	}
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode >= 300 {
		return fmt.Errorf("%s: %s: %s: %w", url, r.Status, last(string(text), 300), err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// deadLetters asks castor-indexer for those of every indexer.
func (w *world) deadLetters(r *result) error {
	r.dead, r.reasons = map[int64]string{}, map[string]int{}
	for _, m := range w.indexers {
		var complaint bytes.Buffer
		c := exec.Command(m.name, "dlq", "show", "--path.data", m.data, "--path.settings", m.dir)
		c.Stderr = &complaint
		out, err := c.Output()
		if err != nil {
			return fmt.Errorf("%v dlq show: %w\n%s", m, err, complaint.String())
		}
		d := json.NewDecoder(bytes.NewReader(out))
		for {
			var letter struct {
				Reason string
				Event  struct {
					N       *int64
					Message string
				}
			}
			if err := d.Decode(&letter); err == io.EOF {
				break
			} else if err != nil {
				return fmt.Errorf("%v dlq show: %w", m, err)
			}
			if letter.Event.N == nil {
				r.strange++
				continue
			}
			if _, twice := r.dead[*letter.Event.N]; twice {
				r.repeated++
				continue
			}
			r.dead[*letter.Event.N] = letter.Reason
			r.reasons[shortened(letter.Reason)]++
		}
	}
	return nil
}

func shortened(reason string) string {
	if len(reason) > 140 {
		return reason[:140] + "…"
	}
	return reason
}

// account compares what was written with what is there.
func (w *world) account() (*result, error) {
	r := &result{}
	found, err := w.documentNumbers()
	if err != nil {
		return nil, err
	}
	if err := w.deadLetters(r); err != nil {
		return nil, err
	}
	known := 0
	for _, wr := range w.writers {
		wr.mu.Lock()
		for i, g := range wr.gens {
			next := g.next
			if i == len(wr.gens)-1 {
				next = wr.next
			}
			for n := g.first; n < next; n++ {
				known += found[n]
				w.judge(r, wr, g, n, found[n])
			}
		}
		wr.mu.Unlock()
	}
	for _, n := range found {
		r.documents += n
	}
	r.strange += r.documents - known
	return r, nil
}

func (w *world) judge(r *result, wr *writer, g *generation, n int64, documents int) {
	r.sent++
	_, dead := r.dead[n]
	switch {
	case documents > 1, documents == 1 && dead:
		r.doubled = append(r.doubled, n)
	case documents == 0 && !dead && w.forgotten[n]:
		r.forgotten++
	case documents == 0 && !dead && g.exempt.Load():
		r.removed = append(r.removed, n)
	case documents == 0 && !dead:
		r.lost = append(r.lost, n)
	case dead && !wr.bad[n] && !strings.Contains(r.dead[n], "413"):
		r.wrongDead = append(r.wrongDead, n)
	case documents == 1 && wr.bad[n]:
		r.badIndexed = append(r.badIndexed, n)
	}
}

// clean says whether nothing is wrong.
func (r *result) clean() bool {
	return len(r.lost) == 0 && len(r.doubled) == 0 && len(r.wrongDead) == 0 && len(r.badIndexed) == 0 && r.strange == 0
}

// settled says whether every line has become something, so that waiting longer shows doubles only.
func (r *result) settled() bool { return len(r.lost) == 0 }

// where tells to which files numbers belong.
func (w *world) where(numbers []int64) string {
	by := map[string][]int64{}
	for _, n := range numbers {
		wr := w.writers[n/space-1]
		for i, g := range wr.gens {
			next := g.next
			if i == len(wr.gens)-1 {
				next = wr.next
			}
			if n >= g.first && n < next {
				name := fmt.Sprintf("%s generation %d (%d to %d, %s, inode %d)", wr.kind.name, i, g.first, next-1, g.path, g.inode)
				by[name] = append(by[name], n)
			}
		}
	}
	var out []string
	for name, list := range by {
		out = append(out, fmt.Sprintf("  %s: %d, from %d to %d", name, len(list), list[0], list[len(list)-1]))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
