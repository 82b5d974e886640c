package collectd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/plugins/codec/charset"
)

// The kinds of parts, by collectd's network protocol.
const (
	partHost           = 0x0000
	partTime           = 0x0001
	partPlugin         = 0x0002
	partPluginInstance = 0x0003
	partType           = 0x0004
	partTypeInstance   = 0x0005
	partValues         = 0x0006
	partInterval       = 0x0007
	partTimeHR         = 0x0008
	partIntervalHR     = 0x0009
	partMessage        = 0x0100
	partSeverity       = 0x0101
	partSignature      = 0x0200
	partEncryption     = 0x0210
)

// The fields that later value lists of a packet take over from earlier ones.
const (
	host = iota
	timestamp
	pluginName
	pluginInstance
	collectdType
	typeInstance
	baseFields
)

var baseNames = [baseFields]string{"host", event.TimestampField, "plugin", "plugin_instance", "collectd_type", "type_instance"}

var stringParts = map[uint16]int{
	partHost: host, partPlugin: pluginName, partPluginInstance: pluginInstance, partType: collectdType, partTypeInstance: typeInstance,
}

// packet is what has been read of a packet so far.
type packet struct {
	base     [baseFields]event.Value
	severity event.Value // of the notification whose message is to come
}

func (p *packet) reset() { *p = packet{} }

var (
	errShort    = errors.New("a part is cut off")
	errUnsigned = errors.New("neither signed nor encrypted, which security_level asks for")
)

const headerSize = 4

// parts reads a packet part by part. unsigned and plain tell which protection is still missing.
func (c *codec) parts(data string, emit func(*event.Event), unsigned, plain bool) error {
	for len(data) > 0 {
		if len(data) < headerSize {
			return errShort
		}
		kind, size := uint16(data[0])<<8|uint16(data[1]), int(data[2])<<8|int(data[3])
		if size < headerSize || size > len(data) {
			return fmt.Errorf("part %#04x says it has %d bytes, %d are left", kind, size, len(data))
		}
		body, rest := data[headerSize:size], data[size:]
		data = rest
		switch {
		case kind == partSignature:
			if err := c.verify(body, rest); err != nil {
				return err
			}
			unsigned = false
		case kind == partEncryption:
			text, err := c.decrypt(body)
			if err != nil {
				return err
			}
			data, unsigned, plain = text, false, false
		case unsigned || plain:
			return errUnsigned
		default:
			if err := c.part(kind, body, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *codec) part(kind uint16, body string, emit func(*event.Event)) error {
	if field, ok := stringParts[kind]; ok {
		text, err := text(body)
		c.packet.base[field] = event.StringValue(text)
		return err
	}
	switch kind {
	case partTime, partTimeHR:
		return c.time(kind, body)
	case partValues:
		return c.values(body, emit)
	case partInterval, partIntervalHR:
		return c.interval(kind, body, emit)
	case partMessage:
		return c.message(body, emit)
	case partSeverity:
		n, err := number64(body)
		c.packet.severity = unsignedValue(n)
		return err
	}
	return nil // a part of a later version: its size tells where it ends
}

// text is a part's string, which ends in a zero byte.
func text(body string) (string, error) {
	if body == "" {
		return "", errShort
	}
	return charset.Repair(body[:len(body)-1]), nil
}

func number64(body string) (uint64, error) {
	if len(body) < 8 {
		return 0, errShort
	}
	return binary.BigEndian.Uint64([]byte(body[:8])), nil
}

// lastSecond bounds times: 31 December 9999.
const lastSecond = 253402300799

// hrBits is how many bits of a high resolution time are the fraction of a second.
const hrBits = 30

func (c *codec) time(kind uint16, body string) error {
	n, err := number64(body)
	if err != nil {
		return err
	}
	t := event.Time{Sec: int64(n)}
	if kind == partTimeHR {
		t.Sec = int64(n >> hrBits)
		t.Nsec = int32(n & (1<<hrBits - 1) * 1e9 >> hrBits)
	}
	if t.Sec < 0 || t.Sec > lastSecond {
		return fmt.Errorf("the time %d is beyond the year 9999", n)
	}
	c.packet.base[timestamp] = event.TimeValue(t)
	return nil
}

func (c *codec) interval(kind uint16, body string, emit func(*event.Event)) error {
	n, err := number64(body)
	if err != nil {
		return err
	}
	if kind == partIntervalHR {
		n >>= hrBits
	}
	if !c.cfg.PruneIntervals {
		c.emit([]event.Member{{Key: "interval", Value: unsignedValue(n)}}, false, emit)
	}
	c.packet.severity = event.NullValue
	return nil
}

func (c *codec) message(body string, emit func(*event.Event)) error {
	text, err := text(body)
	if err != nil {
		return err
	}
	fields := []event.Member{{Key: event.MessageField, Value: event.StringValue(text)}}
	if !c.packet.severity.IsNull() {
		fields = append(fields, event.Member{Key: "severity", Value: c.packet.severity})
	}
	c.emit(fields, false, emit)
	c.packet.severity = event.NullValue
	return nil
}

// The kinds of values.
const (
	counter = iota
	gauge
	derive
	absolute
)

// valueSize is a byte for the kind and eight for the value.
const valueSize = 9

// values reads a value list: the number of values, their kinds, then the values.
func (c *codec) values(body string, emit func(*event.Event)) error {
	if len(body) < 2 {
		return errShort
	}
	if (len(body)-2)%valueSize != 0 {
		c.complain.warn(c.log, "collectd value list is no whole number of values", "bytes", len(body))
		c.emit([]event.Member{{Key: "values"}}, false, emit)
		return nil
	}
	n := (len(body) - 2) / valueSize
	kinds, body := body[2:2+n], body[2+n:]
	names := c.types[c.packet.base[collectdType].Str()]
	fields := make([]event.Member, 0, n+1)
	replaced, drop := false, false
	for i := range n {
		v, err := value(kinds[i], body[8*i:])
		if err != nil {
			return err
		}
		if v.Kind() == event.Float && math.IsNaN(v.Float()) {
			v, replaced, drop = c.nan, true, c.cfg.NaNHandling == "drop"
		}
		switch {
		case n == 1:
			fields = append(fields, event.Member{Key: "value", Value: v})
		case i < len(names):
			fields = append(fields, event.Member{Key: names[i], Value: v})
		}
	}
	if n > len(names) && n > 1 {
		c.complain.warn(c.log, "collectd type unknown, or with fewer values than came; give its types.db by typesdb", "type", c.packet.base[collectdType].Str(), "values", n)
	}
	if replaced && c.cfg.NaNHandling == "warn" {
		c.log.Warn("collectd value is not a number: replaced", "by", c.nan.String())
	}
	if n == 0 {
		fields = append(fields, event.Member{Key: "value"})
	}
	if !c.packet.severity.IsNull() {
		fields = append(fields, event.Member{Key: "severity", Value: c.packet.severity})
		c.packet.severity = event.NullValue
	}
	if !drop {
		c.emit(fields, replaced, emit)
	}
	return nil
}

// value reads one value: gauges are little endian, the others big endian.
func value(kind byte, body string) (event.Value, error) {
	n := binary.BigEndian.Uint64([]byte(body[:8]))
	switch kind {
	case counter, absolute:
		return unsignedValue(n), nil
	case derive:
		return event.IntValue(int64(n)), nil
	case gauge:
		return event.FloatValue(math.Float64frombits(binary.LittleEndian.Uint64([]byte(body[:8])))), nil
	}
	return event.Value{}, fmt.Errorf("unknown kind of value %d", kind)
}

func unsignedValue(n uint64) event.Value {
	if n <= math.MaxInt64 {
		return event.IntValue(int64(n))
	}
	return event.BigIntValue(strconv.FormatUint(n, 10))
}

// limiter lets one complaint of many through: packets come from anybody.
type limiter struct {
	mu     sync.Mutex
	next   time.Time
	missed int
}

const complainEvery = 30 * time.Second

func (l *limiter) warn(log *slog.Logger, msg string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.next) {
		l.missed++
		return
	}
	log.Warn(msg, append(args, "more_since_last", l.missed)...)
	l.next, l.missed = now.Add(complainEvery), 0
}
