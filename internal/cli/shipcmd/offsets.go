// Package shipcmd has the commands that only castor-shipper has: offsets and convert.
package shipcmd

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"castor/internal/cli"
	"castor/internal/offsets"
)

// Commands lists them.
func Commands() []cli.Command {
	return []cli.Command{
		{Name: "offsets", Args: "list|set FILE N|forget FILE|import KIND PATH", Help: "Show or change how far files are read; import from Logstash (sincedb), filebeat or beaver.", New: func() cli.Runner { return &offsetsCmd{} }},
		{Name: "convert", Args: "FILE", Help: "Print the configuration that does what Beaver does with its FILE.", New: func() cli.Runner { return &convertCmd{} }},
	}
}

// offsetsCmd shows and changes positions.
type offsetsCmd struct {
	Path    string   `name:"sincedb" help:"The sincedb_path of the file input." placeholder:"PATH"`
	Files   []string `name:"path" help:"The file input's path, where it names no sincedb_path; may be given again." placeholder:"GLOB"`
	DataDir string   `name:"path.data" help:"The shipper's path.data, with --path." placeholder:"DIR"`
}

func (c *offsetsCmd) registry() (string, error) {
	switch {
	case c.Path != "":
		return c.Path, nil
	case len(c.Files) > 0:
		return offsets.DefaultPath((&cli.PipelineFlags{DataDir: c.DataDir}).StateDir(), c.Files), nil
	}
	return "", cli.Usage("offsets: name the registry by --sincedb PATH, or by --path as in the file input")
}

// Run implements the command.
func (c *offsetsCmd) Run(p *cli.Program, args []string) error {
	path, err := c.registry()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "list":
		return list(p, path)
	case len(args) == 3 && args[0] == "set":
		return set(p, path, args[1], args[2])
	case len(args) == 2 && args[0] == "forget":
		return forget(p, path, args[1])
	case len(args) == 3 && args[0] == "import":
		return importFrom(p, path, args[1], args[2])
	}
	return cli.Usage("offsets: expected list, set FILE OFFSET, forget FILE, or import sincedb|filebeat|beaver PATH")
}

func list(p *cli.Program, path string) error {
	entries, err := offsets.Load(path)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "OFFSET\tSTATE\tLAST ACTIVITY\tID\tFILE")
	for _, e := range entries {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", e.Offset, e.State, e.UpdatedTime().UTC().Format("2006-01-02T15:04:05Z"), e.ID, e.Path)
	}
	return t.Flush()
}

// change opens the registry, which no shipper may have open meanwhile, and calls do for each entry that text means.
func change(path, text string, do func(r *offsets.Registry, e offsets.Entry)) (int, error) {
	r, err := offsets.Open(offsets.Options{Path: path})
	if err != nil {
		return 0, err
	}
	hits := offsets.Match(r.Entries(), text)
	for _, e := range hits {
		do(r, e)
	}
	if err := r.Close(); err != nil {
		return 0, err
	}
	if len(hits) == 0 {
		return 0, fmt.Errorf("no file %q in %s; `offsets list` shows them", text, path)
	}
	return len(hits), nil
}

func set(p *cli.Program, path, text, offset string) error {
	to, err := strconv.ParseInt(offset, 10, 64)
	if err != nil || to < 0 {
		return cli.Usage("offsets: %q is no offset in bytes", offset)
	}
	n, err := change(path, text, func(r *offsets.Registry, e offsets.Entry) { r.SetOffset(e.ID, to) })
	if err == nil {
		fmt.Fprintf(p.Stdout, "%d files will be read from byte %d\n", n, to)
	}
	return err
}

func forget(p *cli.Program, path, text string) error {
	n, err := change(path, text, func(r *offsets.Registry, e offsets.Entry) { r.Forget(e.ID) })
	if err == nil {
		fmt.Fprintf(p.Stdout, "%d files forgotten\n", n)
	}
	return err
}

func importFrom(p *cli.Program, path, kind, from string) error {
	entries, skipped, err := offsets.ReadForeign(kind, from)
	if err != nil {
		return err
	}
	for _, s := range skipped {
		fmt.Fprintf(p.Stderr, "skipped: %s\n", s)
	}
	r, err := offsets.Open(offsets.Options{Path: path})
	if err != nil {
		return err
	}
	n := r.Import(entries)
	if err := r.Close(); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d of %d positions imported; the others were there already\n", n, len(entries))
	return nil
}
