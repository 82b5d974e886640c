package event_test

import (
	"math"
	"testing"

	"castor/internal/event"
)

// everyKind is an event with a value of each kind in it.
func everyKind() *event.Event {
	inner := event.NewObject(60)
	for i := range 60 { // more than a scan is made for
		inner.Set(string(rune('a'+i)), event.IntValue(int64(-i)*math.MaxInt32))
	}
	list := &event.Array{}
	list.Append(event.NullValue, event.BoolValue(true), event.FloatValue(math.NaN()), event.FloatValue(-0.5), event.ObjectValue(inner), event.ArrayValue(&event.Array{}))
	e := event.New(event.Time{Sec: -5, Nsec: 123456789})
	for key, v := range map[string]event.Value{
		"list": event.ArrayValue(list), "big": event.BigIntValue("123456789012345678901234567890"), "decimal": event.BigDecimalValue("1.10"),
		"bytes": event.StringValue("a\xff\x00b"), "empty": event.StringValue(""), "time": event.TimeValue(event.Time{Sec: 1 << 33, Nsec: 1}),
	} {
		e.Fields().Set(key, v)
	}
	e.SetID("id-1")
	e.Metadata().Set("index", event.StringValue("logs"))
	e.Fields().Remove("@version")
	return e
}

func TestBinaryRestoresTheSameEvent(t *testing.T) {
	e := everyKind()
	data := string(e.AppendBinary(nil))
	got, err := event.RestoreBinary(data)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := string(e.AppendFull(nil)), string(got.AppendFull(nil)); a != b {
		t.Errorf("restored as %s\nwas %s", b, a)
	}
	if again := string(got.AppendBinary(nil)); again != data {
		t.Error("the second writing differs from the first")
	}
	if v, _ := got.Get(event.MustRef("time")); v.Kind() != event.Timestamp {
		t.Errorf("a timestamp became a %s", v.Kind())
	}
	if v, _ := got.Get(event.MustRef("[list][4][z]")); v.Int() != -25*math.MaxInt32 {
		t.Errorf("a field of a large hash is %v", v)
	}
	for i := range data {
		if _, err := event.RestoreBinary(data[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes are an event", i, len(data))
		}
	}
}

func FuzzRestoreBinary(f *testing.F) {
	f.Add(string(everyKind().AppendBinary(nil)))
	f.Add("\x01\x00\x00")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := event.RestoreBinary(s)
		if err != nil {
			return
		}
		again, err := event.RestoreBinary(string(e.AppendBinary(nil)))
		if err != nil || string(again.AppendFull(nil)) != string(e.AppendFull(nil)) {
			t.Fatalf("%q does not come back: %v", s, err)
		}
	})
}
