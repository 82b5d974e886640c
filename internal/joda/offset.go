package joda

// parseOffset reads "+hh", "+hhmm", "+hh:mm", "+hh:mm:ss" and "+hh:mm:ss.SSS",
// with or without all colons, from s[pos:]. It returns milliseconds and the
// position behind, or the complement of the position where the text is wrong.
func parseOffset(s string, pos int) (offset int64, end int) {
	if len(s)-pos <= 1 || (s[pos] != '+' && s[pos] != '-') {
		return 0, ^pos
	}
	negative := s[pos] == '-'
	offset, end = parseOffsetDigits(s, pos+1)
	if negative {
		offset = -offset
	}
	return offset, end
}

func parseOffsetDigits(s string, pos int) (int64, int) {
	hours, ok := twoDigits(s, pos, 23)
	if !ok {
		return 0, ^pos
	}
	offset := hours * msHour
	pos += 2
	if pos >= len(s) {
		return offset, pos
	}
	colon := s[pos] == ':'
	if !colon && !isDigit(s[pos]) {
		return offset, pos
	}
	for _, unit := range [...]int64{msMinute, msSecond} {
		if pos >= len(s) {
			return offset, pos
		}
		if colon {
			if s[pos] != ':' {
				return offset, pos
			}
			pos++
		} else if !isDigit(s[pos]) {
			return offset, pos
		}
		value, ok := twoDigits(s, pos, 59)
		if !ok {
			return 0, ^pos
		}
		offset += value * unit
		pos += 2
	}
	return parseOffsetFraction(s, pos, offset, colon)
}

// parseOffsetFraction reads up to three digits of a second; the point belongs
// to the form with colons only.
func parseOffsetFraction(s string, pos int, offset int64, colon bool) (int64, int) {
	if pos >= len(s) {
		return offset, pos
	}
	if colon {
		if s[pos] != '.' && s[pos] != ',' {
			return offset, pos
		}
		pos++
	}
	start := pos
	for unit := int64(100); unit > 0 && pos < len(s) && isDigit(s[pos]); unit /= 10 {
		offset += int64(s[pos]-'0') * unit
		pos++
	}
	if pos == start && colon {
		return 0, ^pos
	}
	return offset, pos
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func twoDigits(s string, pos int, limit int64) (int64, bool) {
	if pos+2 > len(s) || !isDigit(s[pos]) || !isDigit(s[pos+1]) {
		return 0, false
	}
	value := int64(s[pos]-'0')*10 + int64(s[pos+1]-'0')
	return value, value <= limit
}

// appendOffsetID writes an offset as the id of its zone: "+05:30", with seconds
// and milliseconds only where there are some.
func appendOffsetID(dst []byte, offset int64) []byte {
	dst = appendOffset(dst, offset, true)
	if offset < 0 {
		offset = -offset
	}
	if offset %= msMinute; offset == 0 {
		return dst
	}
	dst = appendPadded(append(dst, ':'), offset/msSecond, 2)
	if offset %= msSecond; offset == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), offset, 3)
}

// appendOffset writes hours and minutes.
func appendOffset(dst []byte, offset int64, colon bool) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendPadded(append(dst, sign), offset/msHour, 2)
	if colon {
		dst = append(dst, ':')
	}
	return appendPadded(dst, offset%msHour/msMinute, 2)
}
