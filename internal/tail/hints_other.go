//go:build !linux

package tail

import "time"

// hints: polling alone, where there is no inotify.
type hints struct{}

func newHints() *hints                             { return &hints{} }
func (*hints) listen(time.Duration, func())        {}
func (*hints) watch(string)                        {}
func (*hints) watching(string) bool                { return false }
func (*hints) drain(func(string, bool)) (all bool) { return false }
func (*hints) close()                              {}
