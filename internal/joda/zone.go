package joda

import (
	_ "embed"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a container without a zone database must give the same times
)

// zoneTableEnd bounds the transitions that are computed when a zone is loaded;
// later times, which follow a yearly rule, are looked up one by one.
const zoneTableEnd = 4102444800000 // 2100-01-01

//go:embed zones.txt
var zoneNames string

// zoneIDs are the names that Joda-Time knows, for text that holds a zone's name.
var zoneIDs = sync.OnceValue(func() map[string]bool {
	ids := make(map[string]bool, 600)
	for id := range strings.Lines(zoneNames) {
		ids[strings.TrimSuffix(id, "\n")] = true
	}
	return ids
})

// legacyZones are zones without a place, of which newer databases have made other
// names of Brussels, New York and so on, with their history. Joda-Time keeps the
// bare rules: a line has the zone, the place that it follows from 1997 on ("-" for
// a fixed offset), the first offset and the transitions before 1997, in seconds.
//
//go:embed legacyzones.tsv
var legacyZones string

const legacyEnd = 852076800000 // 1997-01-01

// Zone is a time zone: a fixed offset or the transitions of a named zone. It is
// safe for concurrent use.
type Zone struct {
	id   string
	loc  *time.Location // nil for a fixed offset
	at   []int64        // at[i] is the instant from which off[i] holds; at[0] is the beginning of time
	off  []int64
	hint atomic.Uint32 // the interval of the last lookup
}

// UTC is the zone without an offset.
func UTC() *Zone { return utc }

var utc = fixedZone("UTC", 0)

func fixedZone(id string, offset int64) *Zone {
	return &Zone{id: id, at: []int64{math.MinInt64}, off: []int64{offset}}
}

// ID is the zone's name, or its offset as "+05:30".
func (z *Zone) ID() string { return z.id }

// Zones loads zones by name and keeps them. The zero value is ready; it is safe
// for concurrent use.
type Zones struct {
	loaded sync.Map // id -> *Zone
}

// Load returns the zone that Joda-Time's DateTimeZone.forID returns for id: a
// name of the IANA database in its exact spelling, UT, GMT, Z, or an offset
// (+02:00, -0330, UTC+1 is an error, UTC+01 is not).
func (zs *Zones) Load(id string) (*Zone, error) {
	if id == "UTC" {
		return utc, nil
	}
	if z, ok := zs.loaded.Load(id); ok {
		return z.(*Zone), nil
	}
	z, err := loadZone(id)
	if err != nil {
		return nil, err
	}
	kept, _ := zs.loaded.LoadOrStore(id, z)
	return kept.(*Zone), nil
}

func loadZone(id string) (*Zone, error) {
	if z := legacyZone(id); z != nil {
		return z, nil
	}
	if zoneIDs()[id] || isZoneName(id) {
		if loc, err := time.LoadLocation(id); err == nil {
			return newZone(id, loc), nil
		}
	}
	switch id {
	case "UT", "GMT", "Z":
		return utc, nil
	}
	if offset, ok := offsetID(id); ok {
		if offset == 0 {
			return utc, nil
		}
		return fixedZone(string(appendOffsetID(nil, offset)), offset), nil
	}
	return nil, fmt.Errorf("unknown time zone %q: give a name of the zone database such as Europe/Athens, or an offset such as +02:00", id)
}

func legacyZone(id string) *Zone {
	for line := range strings.Lines(legacyZones) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if name != id {
			continue
		}
		place, table, _ := strings.Cut(rest, "\t")
		z := &Zone{id: id}
		for i, entry := range strings.Fields(table) {
			at, offset, found := strings.Cut(entry, ":")
			if i == 0 || !found {
				at, offset = "", entry
			}
			z.append(seconds(at, math.MinInt64), seconds(offset, 0))
		}
		z.follow(place)
		return z
	}
	return nil
}

// seconds reads a number of seconds as milliseconds.
func seconds(s string, empty int64) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return empty
	}
	return n * msSecond
}

func (z *Zone) append(at, offset int64) {
	if n := len(z.off); n == 0 || z.off[n-1] != offset {
		z.at = append(z.at, at)
		z.off = append(z.off, offset)
	}
}

// follow continues a legacy zone with the transitions of a place.
func (z *Zone) follow(place string) {
	loc, err := time.LoadLocation(place)
	if err != nil {
		return // "-": a fixed offset
	}
	modern := newZone(place, loc)
	z.loc = loc
	for i, at := range modern.at {
		if at >= legacyEnd {
			z.append(at, modern.off[i])
		}
	}
}

// isZoneName tells names that a newer database may have from those that mean
// something else to package time (Local, the empty name) or to its files.
func isZoneName(id string) bool {
	area, _, found := strings.Cut(id, "/")
	return found && area != "posix" && area != "right" && area != ""
}

// offsetID reads the ids that are offsets, with or without UTC, GMT or UT before.
func offsetID(id string) (int64, bool) {
	for _, prefix := range [...]string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(id, prefix); ok && rest != "" && (rest[0] == '+' || rest[0] == '-') {
			id = rest
			break
		}
	}
	offset, end := parseOffset(id, 0)
	return offset, end == len(id) && end > 0
}

func newZone(id string, loc *time.Location) *Zone {
	z := &Zone{id: id, loc: loc}
	t := time.Unix(-1<<40, 0).In(loc)
	at := int64(math.MinInt64)
	for {
		_, offset := t.Zone()
		z.append(at, int64(offset)*msSecond)
		_, end := t.ZoneBounds()
		if end.IsZero() && len(z.at) == 1 {
			z.loc = nil // the zone never changes
		}
		if end.IsZero() || end.Unix() >= zoneTableEnd/msSecond {
			return z
		}
		if !end.After(t) {
			end = t.Add(24 * time.Hour) // package time stands still on day 366 of a year that follows a rule
		}
		t, at = end, end.Unix()*msSecond
	}
}

// index finds the interval that holds an instant of the table.
func (z *Zone) index(ms int64) int {
	i := int(z.hint.Load())
	if z.at[i] <= ms && (i+1 == len(z.at) || ms < z.at[i+1]) {
		return i
	}
	i = sort.Search(len(z.at), func(i int) bool { return z.at[i] > ms }) - 1
	z.hint.Store(uint32(i))
	return i
}

// offset is what the zone adds to an instant, in milliseconds.
func (z *Zone) offset(ms int64) int64 {
	if len(z.at) == 1 && (z.loc == nil || ms < zoneTableEnd) {
		return z.off[0]
	}
	if ms >= zoneTableEnd {
		_, offset := time.Unix(floorDiv(ms, msSecond), 0).In(z.loc).Zone()
		return int64(offset) * msSecond
	}
	return z.off[z.index(ms)]
}

// next is the first transition after an instant; the end of time if there is none.
func (z *Zone) next(ms int64) int64 {
	if z.loc == nil {
		return math.MaxInt64
	}
	if ms < zoneTableEnd {
		if i := z.index(ms); i+1 < len(z.at) {
			return z.at[i+1]
		}
	}
	_, end := time.Unix(floorDiv(ms, msSecond), 0).In(z.loc).ZoneBounds()
	if end.IsZero() {
		return math.MaxInt64
	}
	return end.Unix() * msSecond
}

// previous is the last transition at or before an instant and the offset before it.
func (z *Zone) previous(ms int64) (at, before int64, ok bool) {
	if z.loc == nil {
		return 0, 0, false
	}
	if ms < zoneTableEnd {
		i := z.index(ms)
		if i == 0 {
			return 0, 0, false
		}
		return z.at[i], z.off[i-1], true
	}
	start, _ := time.Unix(floorDiv(ms, msSecond), 0).In(z.loc).ZoneBounds()
	if start.IsZero() {
		return 0, 0, false
	}
	at = start.Unix() * msSecond
	return at, z.offset(at - 1), true
}

// offsetFromLocal chooses the offset for a local time: the earlier instant of an
// overlap; for a gap, an offset that toUTC finds not to hold.
func (z *Zone) offsetFromLocal(local int64) int64 {
	first := z.offset(local)
	adjusted := local - first
	second := z.offset(adjusted)
	if first < second {
		if z.next(adjusted) != z.next(local-second) {
			return first
		}
		return second
	}
	if first == second && first >= 0 {
		if at, before, ok := z.previous(adjusted); ok && adjusted-at < before-first {
			return before
		}
	}
	return second
}

// toUTC converts a local time; false if the zone skipped it.
func (z *Zone) toUTC(local int64) (int64, bool) {
	if z.loc == nil {
		return local - z.off[0], true
	}
	if i := int(z.hint.Load()); local < zoneTableEnd-2*msDay && i > 0 && local-z.at[i] > 2*msDay && (i+1 == len(z.at) || z.at[i+1]-local > 2*msDay) {
		return local - z.off[i], true
	}
	offset := z.offsetFromLocal(local)
	ms := local - offset
	return ms, z.offset(ms) == offset
}

// relocal converts a local time near a known instant, and moves a time in a gap
// instead of refusing it: what Joda does when a field of a time is changed.
func (z *Zone) relocal(local, near int64) int64 {
	offset := z.offset(near)
	if z.offset(local-offset) == offset {
		return local - offset
	}
	first := z.offset(local)
	second := z.offset(local - first)
	if first != second && first < 0 && z.next(local-first) != z.next(local-second) {
		second = first
	}
	return local - second
}
