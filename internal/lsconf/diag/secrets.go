package diag

import (
	"regexp"
	"slices"
	"strings"
)

// secretOption finds options with what may be their value, in texts with mistakes too: the arrow or the last quote may be missing.
// Its groups are the name, and the value or the bracket that begins it.
var secretOption = regexp.MustCompile(`(?i)\b([a-z][a-z0-9_.]*)"?'?[ \t\r\n]*(?:=>|=|:)?[ \t\r\n]*([\[{(]|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s"'#{}()\[\],=>]+)`)

// userInfo finds passwords within URLs, and where a URL should stand.
var userInfo = regexp.MustCompile(`(?://|["'])[^\s/@:"']*:([^\s@"'/]+)@`)

// secretWords end the names of options that hold secrets; headers that do are among them.
var secretWords = []string{"password", "passphrase", "passwd", "secret", "api_key", "apikey", "cloud_auth", "authorization", "api-key", "token"}

// secretNames are the options that a name with a typing mistake may have meant.
var secretNames = []string{"password", "passphrase", "api_key", "cloud_auth", "sentinel_password", "ssl_key_passphrase", "ssl_certificate_password"}

// keyFilter is the filter whose option key is a secret; a broker's key is none.
const keyFilter = "fingerprint"

func holdsSecret(name, before string) bool {
	low := strings.ToLower(name)
	if low == "key" || Suggest(low, []string{"key"}) != "" {
		i := strings.LastIndex(before, keyFilter)
		return i >= 0 && !strings.Contains(before[i:], "}")
	}
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.HasSuffix(low, w) }) || Suggest(low, secretNames) != ""
}

// plainReference is a value that tells no secret.
var plainReference = regexp.MustCompile(`^\$\{(?:[a-zA-Z_][a-zA-Z0-9_.]*|file:[^}]*)\}$`)

// shortestSecret is the shortest text that is looked for in messages: shorter ones would garble them.
const shortestSecret = 4

// secretSpans gives where in a configuration's text secrets stand.
func secretSpans(text string) (spans [][2]int) {
	for at := 0; at < len(text); {
		m := secretOption.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		joined := m[3] == m[4] && !strings.ContainsRune(`"'[{(`, rune(text[at+m[4]])) // such as in /run/secret-file
		if joined || !holdsSecret(text[at+m[2]:at+m[3]], text[:at+m[2]]) {
			at += m[3] // its value may be the name that is looked for
			continue
		}
		from, to := at+m[4], at+m[5]
		switch first := text[from]; first {
		case '"', '\'':
			if from++; to > from && text[to-1] == first {
				to--
			}
		case '[', '{', '(':
			from, to = to, bracketed(text, to)
		}
		at = to
		if from < to && !plainReference.MatchString(text[from:to]) {
			spans = append(spans, [2]int{from, to})
		}
	}
	for _, m := range userInfo.FindAllStringSubmatchIndex(text, -1) {
		if !strings.HasPrefix(text[m[2]:m[3]], "${") {
			spans = append(spans, [2]int{m[2], m[3]})
		}
	}
	return spans
}

// bracketed is the end of what begins behind a bracket: the bracket that closes it, or where none does the end of the line.
func bracketed(text string, from int) int {
	depth := 1
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	if n := strings.IndexByte(text[from:], '\n'); n >= 0 {
		return from + n
	}
	return len(text)
}

// mask puts a star for each character in spans, so that places in the text stay what they are.
func mask(text string, spans [][2]int) string {
	if len(spans) == 0 {
		return text
	}
	hidden := make([]bool, len(text))
	for _, s := range spans {
		for i := s[0]; i < s[1]; i++ {
			hidden[i] = true
		}
	}
	var b strings.Builder
	for i, r := range text {
		if hidden[i] && r != '\n' && r != '\r' {
			r = '*'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Secret notes a text that no message may show.
func (s *Sources) Secret(text string) {
	if len(text) >= shortestSecret && !slices.Contains(s.secrets, text) {
		s.secrets = append(s.secrets, text)
	}
}

// Hide takes all secrets out of the messages.
func (s *Sources) Hide(list List) {
	if s == nil || len(s.secrets) == 0 {
		return
	}
	pairs := make([]string, 0, 2*len(s.secrets))
	for _, text := range s.secrets {
		pairs = append(pairs, text, "***")
	}
	hide := strings.NewReplacer(pairs...)
	for i := range list {
		d := &list[i]
		d.Summary, d.Detail, d.Hint = hide.Replace(d.Summary), hide.Replace(d.Detail), hide.Replace(d.Hint)
		d.Related = slices.Clone(d.Related)
		for j := range d.Related {
			d.Related[j].Text = hide.Replace(d.Related[j].Text)
		}
	}
}
