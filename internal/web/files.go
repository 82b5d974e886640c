package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// file is something that does not change while the program runs.
type file struct {
	kind   string
	body   []byte
	packed []byte // by gzip; nil where that saves little
	tag    string
}

var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".html": "text/html; charset=utf-8",
}

func newFile(ext string, body []byte) file {
	sum := sha256.Sum256(body)
	f := file{kind: kinds[ext], body: body, tag: `W/"` + hex.EncodeToString(sum[:12]) + `"`} // weak: one for both forms
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body)
	_ = z.Close()
	if b.Len() < len(body)*9/10 {
		f.packed = b.Bytes()
	}
	return f
}

// ServeHTTP answers 304 to who has it already. Browsers ask each time, so that a new version is seen at once.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	w.Header().Set("Vary", "Accept-Encoding")
	if slices.Contains(list(r, "If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.packed != nil && slices.Contains(list(r, "Accept-Encoding"), "gzip") {
		body = f.packed
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body)
}

// list is a header's list; what stands behind semicolons stays with its item, so that gzip;q=0 is none of ours.
func list(r *http.Request, header string) []string {
	return strings.Split(strings.ReplaceAll(r.Header.Get(header), " ", ""), ",")
}

// load reads the assets, by their paths below static.
func load() map[string]file {
	files := map[string]file{}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		if err != nil || d.IsDir() || ext == ".html" {
			return err
		}
		if kinds[ext] == "" {
			return fmt.Errorf("%s: no type is known for it", name)
		}
		body, err := static.ReadFile(name)
		files[strings.TrimPrefix(name, "static/")] = newFile(ext, body)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return files
}

var layout = template.Must(template.ParseFS(static, "static/page.html"))

// document is a page's HTML: the frame that all have, around what its module draws. It names all modules at once, so that the browser need not
// read one to learn of the next.
func document(p page, files map[string]file) []byte {
	_, styled := files[p.Name+"/"+p.Name+".css"]
	own := p.Name + "/" + p.Name + ".js"
	_, scripted := files[own]
	modules := imports(files, "shell.js", nil)
	if scripted {
		modules = imports(files, own, modules)
	}
	var b bytes.Buffer
	if err := layout.Execute(&b, map[string]any{"Page": p, "Pages": pages, "Styled": styled, "Scripted": scripted, "Modules": modules}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var imported = regexp.MustCompile(`(?m)^(?:import|export) .*? from "(\.[^"]+)";`)

// imports adds a module, and those that it imports, to a list.
func imports(files map[string]file, name string, list []string) []string {
	if slices.Contains(list, name) {
		return list
	}
	list = append(list, name)
	for _, m := range imported.FindAllSubmatch(files[name].body, -1) {
		list = imports(files, path.Join(path.Dir(name), string(m[1])), list)
	}
	return list
}
