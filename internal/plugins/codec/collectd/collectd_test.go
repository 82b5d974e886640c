package collectd

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

// part is one part of a packet.
func part(kind uint16, body string) string {
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)+headerSize))
	return string(b) + body
}

func text0(kind uint16, s string) string { return part(kind, s+"\x00") }

func number0(kind uint16, n uint64) string {
	return part(kind, string(binary.BigEndian.AppendUint64(nil, n)))
}

func gauges(values ...float64) string {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(values)))
	for range values {
		b = append(b, gauge)
	}
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return part(partValues, string(b))
}

func head(typ string) string {
	return text0(partHost, "h") + number0(partTime, 1577934245) + text0(partPlugin, "p") + text0(partType, typ)
}

func decode(t *testing.T, options, data string) []string {
	t.Helper()
	var out []string
	for _, e := range plugintest.Decoded(plugintest.Codec(t, "collectd { "+options+" }", plugintest.Env(t), Spec), data) {
		out = append(out, string(e.AppendJSON(nil)))
	}
	return out
}

func TestBuiltinTypes(t *testing.T) {
	got := decode(t, "", head("load")+gauges(1, 2, 3)+text0(partType, "if_octets")+gauges(4, 5)+text0(partType, "memory")+gauges(6))
	want := []string{
		`{"host":"h","@timestamp":"2020-01-02T03:04:05.000Z","plugin":"p","collectd_type":"load","shortterm":1.0,"midterm":2.0,"longterm":3.0,"@version":"1"}`,
		`{"host":"h","@timestamp":"2020-01-02T03:04:05.000Z","plugin":"p","collectd_type":"if_octets","rx":4.0,"tx":5.0,"@version":"1"}`,
		`{"host":"h","@timestamp":"2020-01-02T03:04:05.000Z","plugin":"p","collectd_type":"memory","value":6.0,"@version":"1"}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("expected\n%s, got\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// The last entry for a type counts, over several files and the built-in ones.
func TestTypesFiles(t *testing.T) {
	dir := t.TempDir()
	for name, lines := range map[string]string{"a": "# mine\nload one:GAUGE:0:U, two:GAUGE:0:U\n\n", "b": "load eins:GAUGE:0:U, zwei:GAUGE:0:U\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := fmt.Sprintf("typesdb => [%q, %q]", filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	if got := decode(t, options, head("load")+gauges(1, 2)); len(got) != 1 || !strings.Contains(got[0], `"eins":1.0,"zwei":2.0`) {
		t.Errorf("got %s", got)
	}
}

func TestNaN(t *testing.T) {
	packet := head("memory") + gauges(math.NaN()) + gauges(7)
	for options, want := range map[string]string{
		"":                                      `"value":0,"tags":["_collectdNaN"]|"value":7.0`,
		`nan_value => -1 nan_tag => "nan"`:      `"value":-1,"tags":["nan"]|"value":7.0`,
		`nan_handling => "warn"`:                `"value":0,"tags":["_collectdNaN"]|"value":7.0`,
		`nan_handling => "drop" nan_value => 9`: `"value":7.0`,
	} {
		got := decode(t, options, packet)
		parts := strings.Split(want, "|")
		if len(got) != len(parts) {
			t.Errorf("%s: expected %d events, got %s", options, len(parts), got)
			continue
		}
		for i := range parts {
			if !strings.Contains(got[i], parts[i]) {
				t.Errorf("%s: expected %s in %s", options, parts[i], got[i])
			}
		}
	}
}

func TestIntervals(t *testing.T) {
	packet := text0(partHost, "h") + number0(partInterval, 10) + number0(partIntervalHR, 20<<30)
	if got := decode(t, "", packet); len(got) != 0 {
		t.Errorf("expected nothing, got %s", got)
	}
	got := strings.Join(decode(t, "prune_intervals => false", packet), "")
	if !strings.Contains(got, `"interval":10`) || !strings.Contains(got, `"interval":20`) {
		t.Errorf("got %s", got)
	}
}

func sign(user, key, data string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(user + data))
	return part(partSignature, string(h.Sum(nil))+user) + data
}

func encrypt(t *testing.T, user, key, data string) string {
	t.Helper()
	check := sha1.Sum([]byte(data))
	text := append(check[:], data...)
	sum := sha256.Sum256([]byte(key))
	iv := bytes.Repeat([]byte{7}, aes.BlockSize)
	if err := outputFeedback(text, sum[:], bytes.Clone(iv)); err != nil {
		t.Fatal(err)
	}
	body := binary.BigEndian.AppendUint16(nil, uint16(len(user)))
	return part(partEncryption, string(body)+user+string(iv)+string(text))
}

func TestSecurity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	if err := os.WriteFile(file, []byte("bob: secret\nbroken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := head("memory") + gauges(1)
	for _, c := range []struct {
		name, level, packet string
		events              int
	}{
		{"none takes all that is readable", `"None"`, sign("eve", "x", plain), 1},
		{"none cannot decrypt", `"None"`, encrypt(t, "bob", "secret", plain), 0},
		{"signed", `"Sign"`, sign("bob", "secret", plain), 1},
		{"signed by another key", `"Sign"`, sign("bob", "guess", plain), 0},
		{"signed by somebody unknown", `"Sign"`, sign("eve", "secret", plain), 0},
		{"unsigned, as in Logstash", `"Sign"`, plain, 1},
		{"unsigned, where signatures are required", `"Sign" require_signature => true`, plain, 0},
		{"encrypted is as good as signed", `"Sign" require_signature => true`, encrypt(t, "bob", "secret", plain), 1},
		{"encrypted", `"Encrypt"`, encrypt(t, "bob", "secret", plain), 1},
		{"encrypted by another key", `"Encrypt"`, encrypt(t, "bob", "guess", plain), 0},
		{"signed is not encrypted", `"Encrypt"`, sign("bob", "secret", plain), 0},
		{"plain before encrypted", `"Encrypt"`, plain + encrypt(t, "bob", "secret", plain), 0},
	} {
		options := fmt.Sprintf("security_level => %s authfile => %q", c.level, file)
		if got := decode(t, options, c.packet); len(got) != c.events {
			t.Errorf("%s: expected %d events, got %s", c.name, c.events, got)
		}
	}
}

func TestUsersAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	write := func(text string, at time.Time) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Chtimes(file, at, at)
	}
	write("bob: old\n", time.Now().Add(-time.Hour))
	a, err := newAuth(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	write("bob: new\n", time.Now())
	a.looked = time.Time{}
	if key, err := a.key("bob"); key != "new" {
		t.Errorf("got %q, %v", key, err)
	}
	_ = os.Remove(file)
	a.looked = time.Time{}
	if key, err := a.key("bob"); key != "new" {
		t.Errorf("without the file the users stay: got %q, %v", key, err)
	}
}

// What came before a fault in a packet is kept, and the next packet is read as if nothing had been.
func TestFaultsEndTheirPacket(t *testing.T) {
	c := plugintest.Codec(t, "collectd", plugintest.Env(t), Spec)
	good := head("memory") + gauges(1)
	for _, bad := range []string{"\x00", "\x00\x00\x00", "\x00\x00\x00\x03", "\x00\x00\xff\xff", part(partHost, ""), part(partTime, "short"), number0(partTime, math.MaxUint64), part(partValues, "\x00\x01\x09"+strings.Repeat("x", 8)), part(partEncryption, "\x00"), part(partEncryption, "\xff\xffx")} {
		if got := plugintest.Decoded(c, good+bad+good); len(got) != 1 {
			t.Errorf("%q: expected the event before the fault, got %d", bad, len(got))
		}
	}
	if got := plugintest.Decoded(c, text0(partType, "memory")+gauges(1)); plugintest.Field(got[0], "host") != "" {
		t.Error("a packet has the host of another one")
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec)
	for text, words := range map[string][]string{
		`collectd { typesdb => "/nonexistent" }`:                           {"typesdb", "/nonexistent"},
		`collectd { security_level => "Sign" }`:                            {"authfile"},
		`collectd { security_level => "Sign" authfile => "/nonexistent" }`: {"/nonexistent"},
		`collectd { security_level => "sign" }`:                            {"security_level"},
		`collectd { nan_value => "x" }`:                                    {"nan_value"},
		`collectd { target => "a]b" }`:                                     {"target"},
	} {
		plugintest.Refuses(t, reg, plugin.CodecType, text, words...)
	}
}

func FuzzCollectd(f *testing.F) {
	plain := head("load") + gauges(1, 2, math.NaN())
	plugintest.FuzzCodec(f, "collectd { prune_intervals => false }", []*plugin.Spec{Spec},
		plain, sign("bob", "x", plain), number0(partSeverity, 1)+text0(partMessage, "m")+number0(partTimeHR, 1<<60)+number0(partInterval, 1))
}
