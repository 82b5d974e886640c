package script

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteReference writes the list of methods by kind of value, in Markdown.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	row := func(name string, t table) {
		var names []string
		for _, n := range slices.Sorted(maps.Keys(t)) {
			if objectTable[n] == nil || name == "every value" {
				names = append(names, "`"+strings.ReplaceAll(n, "|", `\|`)+"`")
			}
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(names, " "))
	}
	b.WriteString("| of | methods |\n|---|---|\n")
	row("every value", objectTable)
	for _, k := range []struct {
		name string
		t    table
	}{{"Integer", integerTable}, {"Float", floatTable}, {"BigDecimal", decimalTable}, {"String", stringTable}, {"Symbol", symbolTable}, {"Array", arrayTable}, {"Hash", hashTable},
		{"Range", rangeTable}, {"Enumerator", enumeratorTable}, {"Proc", procTable}, {"Regexp", regexpTable}, {"MatchData", matchTable}, {"Time", timeTable},
		{"LogStash::Timestamp", timestampTable}, {"exceptions", exceptionTable}} {
		row(k.name, k.t)
	}
	b.WriteString("| events | ")
	for _, n := range eventMethodNames {
		fmt.Fprintf(&b, "`%s` ", n)
	}
	b.WriteString("|\n")
	for _, name := range slices.Sorted(maps.Keys(classFunctions)) {
		if !classes[name].isException() {
			t := maps.Clone(classFunctions[name])
			for n := range classTable {
				delete(t, n)
			}
			row("`"+name+"` itself", t)
		}
	}
	row("nothing (functions)", functions)
	_, err := io.WriteString(w, b.String())
	return err
}
