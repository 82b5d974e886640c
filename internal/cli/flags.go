package cli

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"castor/internal/plugin"
)

// bindFlags makes a command's flags of the tags of its struct's fields: name, short, default, help, enum (allowed texts, joined by
// commas) and placeholder. Embedded structs give theirs too. pflag stands below because a library that calls methods by name
// (kong) would keep the linker from dropping what is unused, which doubles the shipper's size.
func bindFlags(name string, command any) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	bindStruct(fs, reflect.ValueOf(command).Elem())
	return fs
}

func bindStruct(fs *pflag.FlagSet, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			bindStruct(fs, v.Field(i))
			continue
		}
		if f.Type == reflect.TypeFor[Pages]() {
			if !v.Field(i).IsNil() {
				bindStruct(fs, v.Field(i).Elem().Elem())
			}
			continue
		}
		if f.Tag.Get("name") != "" {
			bindField(fs, f, v.Field(i))
		}
	}
}

func bindField(fs *pflag.FlagSet, f reflect.StructField, v reflect.Value) {
	value := &flagValue{to: v.Addr().Interface(), kind: f.Tag.Get("placeholder")}
	if e := f.Tag.Get("enum"); e != "" {
		value.allowed = strings.Split(e, ",")
	}
	if def := f.Tag.Get("default"); def != "" {
		if err := value.Set(def); err != nil {
			panic(fmt.Sprintf("default of --%s: %v", f.Tag.Get("name"), err))
		}
	}
	flag := fs.VarPF(value, f.Tag.Get("name"), f.Tag.Get("short"), f.Tag.Get("help"))
	flag.DefValue = f.Tag.Get("default")
	if _, ok := value.to.(*bool); ok {
		flag.NoOptDefVal = "true"
	}
}

// flagValue stores a flag's text in a field.
type flagValue struct {
	to      any
	kind    string
	allowed []string
}

// Type implements pflag.Value: it is what the help shows for the value.
func (v *flagValue) Type() string {
	if v.kind != "" {
		return v.kind
	}
	switch v.to.(type) {
	case *bool:
		return ""
	case *int:
		return "N"
	case *time.Duration:
		return "TIME"
	case *plugin.Bytes:
		return "SIZE"
	}
	return "TEXT"
}

// String implements pflag.Value.
func (v *flagValue) String() string { return fmt.Sprint(reflect.ValueOf(v.to).Elem().Interface()) }

// Set implements pflag.Value.
func (v *flagValue) Set(text string) error {
	if v.allowed != nil && !contains(v.allowed, text) {
		return fmt.Errorf("expected one of %s", strings.Join(v.allowed, ", "))
	}
	switch to := v.to.(type) {
	case *string:
		*to = text
	case *[]string:
		*to = append(*to, text)
	case *bool:
		*to = text == "true"
		if text != "true" && text != "false" {
			return fmt.Errorf("expected true or false")
		}
	case *int:
		if _, err := fmt.Sscanf(text+" ", "%d ", to); err != nil {
			return fmt.Errorf("expected a whole number")
		}
	case *time.Duration:
		d, err := plugin.ParseDuration(text, time.Second)
		*to = d
		return err
	case *plugin.Bytes:
		n, err := plugin.ParseBytes(text)
		*to = n
		return err
	default:
		panic(fmt.Sprintf("no flag of type %T", to))
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}
