package regex

import (
	"strings"
	"testing"
)

// TestScan compares the scan by words with one byte by byte, for each byte at each place of a word, behind bytes of all kinds.
func TestScan(t *testing.T) {
	for _, pat := range []string{`[0-9]+`, `\S+`, `[^\s"]+`, `[^,;]+`, `\w+`, `[^\x00-\x3f]+`, `[^\x00-\x40]+`, `[0-8]+`} {
		set := MustCompile(pat, Options{}).plain.inst[0].set
		for _, fill := range []string{"0", "9", "a", "~", "é", "\xff", "@"} {
			for at := range 20 {
				for c := range 256 {
					s := strings.Repeat(fill, 20)[:at] + string([]byte{byte(c)}) + strings.Repeat(fill, 20)
					want := 0
					for want < len(s) && set.tab[s[want]] {
						want++
					}
					if got := set.scan(s, 0); got != want {
						t.Fatalf("/%s/ on %q: %d, want %d", pat, s, got, want)
					}
				}
			}
		}
	}
}
