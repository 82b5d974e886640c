package line

import "strings"

// Splitter divides a stream that comes in pieces at a delimiter. A piece of a line waits for the rest.
type Splitter struct {
	Delimiter string
	Max       int // bytes after which a line is cut, so that a stream without delimiters fills no memory
	rest      []byte
	cutting   bool // the rest of a line that was cut is being skipped
}

// Split calls line for each line that data completes; cut tells that it was too long.
func (s *Splitter) Split(data string, line func(text string, cut bool)) {
	if len(s.rest) > 0 {
		data = s.join(data)
	}
	for {
		i := strings.Index(data, s.Delimiter)
		if i < 0 {
			break
		}
		s.give(data[:i], line)
		data = data[i+len(s.Delimiter):]
	}
	if s.Max > 0 && len(data) > s.Max+len(s.Delimiter) {
		s.overlong(data, line)
		return
	}
	s.rest = append(s.rest, data...)
}

// join puts what waited before the new data. The rest's own buffer starts anew, since lines point into the text.
func (s *Splitter) join(data string) string {
	whole := string(s.rest) + data
	s.rest = s.rest[:0]
	return whole
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

// overlong gives the head of a line that goes on beyond the limit and forgets the rest but for what may
// be the start of a delimiter.
func (s *Splitter) overlong(data string, line func(string, bool)) {
	if !s.cutting {
		line(data[:s.Max], true)
		s.cutting = true
	}
	s.rest = append(s.rest, data[len(data)-len(s.Delimiter)+1:]...)
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
