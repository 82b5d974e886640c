package indexcmd

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"castor/internal/cli"
	"castor/internal/lfv"
)

// testCmd runs case files: each case for the grok pattern that it names, or for the filters of -f.
type testCmd struct {
	cli.ConfigFlags
	cli.PipelineFlags
	PatternsDir []string `name:"patterns-dir" help:"Folder or file with patterns of your own; may be given again." placeholder:"PATH"`
}

// Run implements the command.
func (c *testCmd) Run(p *cli.Program, args []string) error {
	files, err := caseFiles(args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return cli.Usage("test: give case files, or folders with such")
	}
	t := NewCases(p, c.ConfigFlags, c.PipelineFlags, c.PatternsDir)
	cases, failed := 0, 0
	for _, name := range files {
		f, err := lfv.ReadFile(name)
		if err != nil {
			return err
		}
		for _, w := range f.Warnings {
			fmt.Fprintf(p.Stderr, "%s: %s\n", name, w)
		}
		if err := t.Open(f); err != nil {
			return err
		}
		failures := f.Check(lfv.Comparer{}, t.Run)
		for _, fail := range failures {
			if err := f.Print(p.Stdout, fail); err != nil {
				return err
			}
		}
		cases, failed = cases+len(f.Cases), failed+len(failures)
	}
	fmt.Fprintf(p.Stdout, "%d cases, %d failed\n", cases, failed)
	if failed > 0 {
		return cli.Exit(cli.ExitTest)
	}
	return nil
}

func caseFiles(args []string) ([]string, error) {
	var files []string
	for _, a := range args {
		err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path == a || lfv.IsCaseFile(path)) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
