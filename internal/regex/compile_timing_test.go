package regex

import "testing"

// BenchmarkCompileIPv6 compiles the stock pattern that is hardest to compile.
func BenchmarkCompileIPv6(b *testing.B) {
	h, v4 := `[0-9A-Fa-f]{1,4}`, `((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})`
	pat := `(?<ip>((` + h + `:){7}(` + h + `|:))|((` + h + `:){6}(:` + h + `|` + v4 + `|:))|((` + h + `:){5}(((:` + h + `){1,2})|:` + v4 + `|:))|` +
		`((` + h + `:){4}(((:` + h + `){1,3})|((:` + h + `)?:` + v4 + `)|:))) x`
	for b.Loop() {
		MustCompile(pat, Options{})
	}
}
