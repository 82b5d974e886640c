// Command engine is the search engine of the chaos harness: it takes bulk requests, creates each id once, and has
// written what it acknowledges to a file, so that it may be killed. It imports the standard library only.
//
// The file has one line of JSON per document: index, id, and the document's number. The mapping has one number field,
// "size"; a document whose size is none is refused as Elasticsearch refuses it. With -count it keeps a sum of the id for each number and nothing
// else, so that it hardly grows however long it runs; /_chaos/count then tells how many came, and how many of them again.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9200", "where to listen")
	path := flag.String("file", "documents.ndjson", "where documents are kept")
	count := flag.Bool("count", false, "keep no documents, count their numbers")
	flag.Parse()
	s, err := open(*path)
	if *count {
		s.seen = map[int64][]uint32{}
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(*addr, s))
}

// record is one document's line in the file.
type record struct {
	Index string `json:"i"`
	ID    string `json:"d"`
	N     int64  `json:"n"`
}

type server struct {
	mu     sync.Mutex
	file   *os.File
	known  map[string]struct{}
	reject float64 // share of the items that are answered with 429

	seen                 map[int64][]uint32 // with -count: a sum of the id of each number, by its writer
	came, again, doubled int                // documents; such as came again; and under another id
}

// space is how many numbers a writer has.
const space = int64(1e10)

// first notes that a number came with an id: whether for the first time, and if not, whether under the same id as then.
func (s *server) first(n int64, id string) (first, same bool) {
	sums, at := s.seen[n/space], int(n%space)
	if at >= len(sums) {
		sums = append(sums, make([]uint32, at+1-len(sums))...)
		s.seen[n/space] = sums
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	before, sum := sums[at], h.Sum32()|1
	sums[at] = sum
	return before == 0, before == sum
}

// open reads what was kept; a torn last line, which was never acknowledged, is cut off.
func open(path string) (*server, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s := &server{file: f, known: map[string]struct{}{}}
	whole := int64(0)
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadBytes('\n')
		var rec record
		if err != nil || json.Unmarshal(line, &rec) != nil {
			break
		}
		whole += int64(len(line))
		s.known[rec.Index+"/"+rec.ID] = struct{}{}
	}
	if err := f.Truncate(whole); err != nil {
		return nil, err
	}
	_, err = f.Seek(whole, io.SeekStart)
	return s, err
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	switch {
	case strings.HasSuffix(r.URL.Path, "_bulk"):
		s.bulk(w, r)
	case r.URL.Path == "/_chaos/count":
		s.mu.Lock()
		fmt.Fprintf(w, `{"came":%d,"again":%d,"doubled":%d}`, s.came, s.again, s.doubled)
		s.mu.Unlock()
	case r.URL.Path == "/_chaos":
		share, _ := strconv.ParseFloat(r.FormValue("reject"), 64)
		s.mu.Lock()
		s.reject = share
		s.mu.Unlock()
	case r.URL.Path == "/":
		fmt.Fprint(w, `{"version":{"number":"9.5.3","build_flavor":"default"},"tagline":"You Know, for Search"}`)
	default:
		fmt.Fprint(w, `{"acknowledged":true}`)
	}
}

func (s *server) bulk(w http.ResponseWriter, r *http.Request) {
	from := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, `{"error":{"type":"not_x_content_exception","reason":"not gzip"},"status":400}`, http.StatusBadRequest)
			return
		}
		from = z
	}
	body, err := io.ReadAll(from)
	if err != nil {
		return // the sender is gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	items, kept, failed, err := s.take(bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")))
	if err != nil {
		http.Error(w, fmt.Sprintf(`{"error":{"type":"illegal_argument_exception","reason":%q},"status":400}`, err), http.StatusBadRequest)
		return
	}
	if _, err := s.file.Write(kept); err != nil {
		log.Fatal(err) // what is known and not kept must not be acknowledged later
	}
	fmt.Fprintf(w, `{"took":1,"errors":%v,"items":[%s]}`, failed, strings.Join(items, ","))
}

// take judges each document; kept are the file's new lines.
func (s *server) take(lines [][]byte) (items []string, kept []byte, failed bool, err error) {
	for i := 0; i+1 < len(lines); i += 2 {
		var action map[string]struct {
			Index string `json:"_index"`
			ID    string `json:"_id"`
		}
		if json.Unmarshal(lines[i], &action) != nil || len(action) != 1 {
			return nil, nil, false, fmt.Errorf("malformed action line %d", i+1)
		}
		for name, meta := range action {
			if meta.ID == "" {
				return nil, nil, false, fmt.Errorf("line %d creates a document without id", i+1)
			}
			status, fault, line := s.judge(meta.Index, meta.ID, lines[i+1])
			kept = append(kept, line...)
			item := fmt.Sprintf(`{%q:{"_index":%q,"_id":%q,"status":%d%s}}`, name, meta.Index, meta.ID, status, fault)
			items, failed = append(items, item), failed || fault != ""
		}
	}
	return items, kept, failed, nil
}

func (s *server) judge(index, id string, source []byte) (status int, fault string, line []byte) {
	var doc struct {
		N    int64 `json:"n"`
		Size any   `json:"size"`
	}
	if _, there := s.known[index+"/"+id]; there {
		return 409, `,"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}`, nil
	}
	if err := json.Unmarshal(source, &doc); err != nil {
		return 400, fmt.Sprintf(`,"error":{"type":"mapper_parsing_exception","reason":%q}`, "failed to parse: "+err.Error()), nil
	}
	if _, err := strconv.ParseFloat(fmt.Sprint(doc.Size), 64); err != nil {
		return 400, `,"error":{"type":"document_parsing_exception","reason":"failed to parse field [size] of type [long]"}`, nil
	}
	if s.reject > 0 && rand.Float64() < s.reject {
		return 429, `,"error":{"type":"es_rejected_execution_exception","reason":"rejected execution"}`, nil
	}
	if s.seen != nil {
		switch first, same := s.first(doc.N, id); {
		case first:
			s.came++
		case same:
			s.again++
			return 409, `,"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}`, nil
		default:
			s.doubled++
		}
		return 201, "", nil
	}
	s.known[index+"/"+id] = struct{}{}
	line, _ = json.Marshal(record{index, id, doc.N})
	return 201, "", append(line, '\n')
}
