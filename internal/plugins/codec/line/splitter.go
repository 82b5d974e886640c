package line

import "strings"

// Splitter divides a stream that comes in pieces at a delimiter. A piece of a line waits for the rest.
type Splitter struct {
	Delimiter string // with an empty one each piece is a line; Logstash hangs then
	Max       int    // bytes after which a line is cut, so that a stream without delimiters fills no memory
	rest      []byte
	cutting   bool // the rest of a line that was cut is being skipped
}

// Split takes the next piece of the stream and gives the lines that it ends.
func (s *Splitter) Split(data string, line func(text string, cut bool)) {
	if s.Delimiter == "" {
		s.give(data, line)
		return
	}
	data = s.first(data, line)
	for {
		i := strings.Index(data, s.Delimiter)
		if i < 0 {
			break
		}
		s.give(data[:i], line)
		data = data[i+len(s.Delimiter):]
	}
	if s.Max > 0 && len(s.rest)+len(data) > s.Max+len(s.Delimiter) {
		s.overlong(data, line)
		return
	}
	s.rest = append(s.rest, data...)
}

// first gives the line that began in an earlier piece, and returns what comes behind it; all of data where the line does not end in it.
// What was kept is looked at once, however many pieces a line has.
func (s *Splitter) first(data string, line func(string, bool)) string {
	if len(s.rest) == 0 {
		return data
	}
	over := len(s.Delimiter) - 1 // so much of a delimiter may stand at the end of what was kept
	kept := max(0, len(s.rest)-over)
	seam := string(s.rest[kept:]) + data[:min(over, len(data))]
	end, next := -1, 0
	if i := strings.Index(seam, s.Delimiter); i >= 0 {
		end, next = kept+i, kept+i+len(s.Delimiter)-len(s.rest)
	} else if i := strings.Index(data, s.Delimiter); i >= 0 {
		end, next = len(s.rest)+i, i+len(s.Delimiter)
	}
	if end < 0 {
		return data
	}
	whole := string(s.rest) + data[:next]
	s.rest = s.rest[:0]
	s.give(whole[:end], line)
	return data[next:]
}

func (s *Splitter) give(text string, line func(string, bool)) {
	switch {
	case s.cutting:
		s.cutting = false
	case s.Max > 0 && len(text) > s.Max:
		line(text[:s.Max], true)
	default:
		line(text, false)
	}
}

// overlong gives the head of a line that is too long, and keeps so much of its end as may be part of a delimiter.
func (s *Splitter) overlong(data string, line func(string, bool)) {
	whole := string(s.rest) + data
	if !s.cutting {
		line(whole[:s.Max], true)
		s.cutting = true
	}
	s.rest = append(s.rest[:0], whole[len(whole)-len(s.Delimiter)+1:]...)
}

// Held tells whether a piece of a line waits.
func (s *Splitter) Held() bool { return len(s.rest) > 0 }

// Rest takes out what waits.
func (s *Splitter) Rest() string {
	rest := string(s.rest)
	s.rest = s.rest[:0]
	if s.cutting {
		s.cutting = false
		return ""
	}
	return rest
}

// Len is how many bytes are kept.
func (s *Splitter) Len() int { return len(s.rest) }
