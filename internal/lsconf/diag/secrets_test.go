package diag

import (
	"strings"
	"testing"
	"unicode/utf8"

	"castor/internal/lsconf/token"
)

func TestSecretsAreMasked(t *testing.T) {
	for text, want := range map[string]string{
		`redis { password => "hunter2" port => 1 }`:              `redis { password => "*******" port => 1 }`,
		`password => 'it''s'`:                                    `password => '**''s'`,
		`password => "a\"b" x`:                                   `password => "****" x`,
		`password => hunter2}`:                                   `password => *******}`,
		`password "hunter2"`:                                     `password "*******"`,
		"password => \"two\nlines":                               "password => \"***\n*****",
		`pasword => "hunter2"`:                                   `pasword => "*******"`,
		`ssl_key_passphrase => "pässe"`:                          `ssl_key_passphrase => "*****"`,
		`custom_headers => { "Authorization" => "Basic eA==" }`:  `custom_headers => { "Authorization" => "**********" }`,
		`hosts => ["https://me:hunter2@es:9200"]`:                `hosts => ["https://me:*******@es:9200"]`,
		`api_key => "${KEY}"`:                                    `api_key => "${KEY}"`,
		`api_key => "${KEY:id:key}"`:                             `api_key => "*************"`,
		`password => "${file:/etc/pw}"`:                          `password => "${file:/etc/pw}"`,
		`hosts => "http://u:${PW}@h"`:                            `hosts => "http://u:${PW}@h"`,
		`mutate { rename => { "user" => "name" } } passive => 1`: `mutate { rename => { "user" => "name" } } passive => 1`,
		`grok { match => { "message" => "password=%{WORD:pw}" }`: `grok { match => { "message" => "password=*{WORD:pw}" }`,
		`password => ["a", "b"] port => 1`:                       `password => [********] port => 1`,
		"password => ( \"a\"\nport => 1":                         "password => (****\nport => 1",
		`path => "/run/secret-file"`:                             `path => "/run/secret-file"`,
		`password"hunter2"`:                                      `password"*******"`,
		`proxy => "me:hunter2@h"`:                                `proxy => "me:*******@h"`,
	} {
		var s Sources
		s.Add("f", text)
		got := s.texts["f"]
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
			t.Errorf("%s: places moved", text)
		}
	}
}

func TestSecretsAreHiddenInMessages(t *testing.T) {
	var s Sources
	s.Add("f", `password => "hunter2" port => "abc"`)
	s.Secret("from a file")
	var l List
	d := l.Errorf(token.Pos{}, token.Pos{}, "unexpected %q", "hunter2")
	d.Detail, d.Hint, d.Related = "hunter2", "from a file", []Related{{Text: "hunter2"}}
	s.Hide(l)
	if text := l.Error() + l[0].Related[0].Text; strings.Contains(text, "hunter2") || strings.Contains(text, "from a file") || !strings.Contains(text, "***") {
		t.Error(text)
	}
}
