package collectd

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

var (
	errNoAuthFile = errors.New("it needs authfile, the file of users and passwords")
	errEncrypted  = errors.New("encrypted, but security_level is None")
)

// auth knows the users' passwords, and follows their file.
type auth struct {
	path    string
	log     *slog.Logger
	mu      sync.Mutex
	keys    map[string]string
	changed time.Time // the file's own time
	looked  time.Time
}

func newAuth(path string, log *slog.Logger) (*auth, error) {
	a := &auth{path: path, log: log}
	return a, a.read()
}

func (a *auth) read() error {
	info, err := os.Stat(a.path)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	data, err := os.ReadFile(a.path)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	a.keys, a.changed, a.looked = map[string]string{}, info.ModTime(), time.Now()
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		user, key, ok := strings.Cut(line, ": ")
		if !ok || user == "" || key == "" || strings.Contains(user, ":") {
			continue
		}
		a.keys[user] = key
	}
	return nil
}

// lookEvery is how often the file is looked at.
const lookEvery = time.Second

// key returns a user's password.
func (a *auth) key(user string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := time.Now(); now.Sub(a.looked) > lookEvery {
		a.looked = now
		if info, err := os.Stat(a.path); err == nil && !info.ModTime().Equal(a.changed) {
			if err := a.read(); err != nil {
				a.log.Warn("cannot read the collectd users again; the old ones stay", "error", err)
			}
		}
	}
	key, ok := a.keys[user]
	if !ok {
		return "", fmt.Errorf("the user %q is not in %s", user, a.path)
	}
	return key, nil
}

// verify checks a signature part: an HMAC-SHA256 of the user's name and what follows the part, then the name.
func (c *codec) verify(body, signed string) error {
	if c.auth == nil {
		return nil
	}
	if len(body) <= sha256.Size {
		return errShort
	}
	mac, user := body[:sha256.Size], body[sha256.Size:]
	key, err := c.auth.key(user)
	if err != nil {
		return err
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(user))
	h.Write([]byte(signed))
	if !hmac.Equal(h.Sum(nil), []byte(mac)) {
		return fmt.Errorf("the signature of user %q is wrong", user)
	}
	return nil
}

// decrypt reads an encryption part: the length of the user's name, the name, the initial vector, and by AES-256 in
// output feedback mode a SHA-1 of the parts and the parts.
func (c *codec) decrypt(body string) (string, error) {
	if c.auth == nil {
		return "", errEncrypted
	}
	if len(body) < 2 {
		return "", errShort
	}
	n := int(body[0])<<8 | int(body[1])
	if len(body) < 2+n+aes.BlockSize+sha1.Size+headerSize+1 {
		return "", errShort
	}
	user, iv := body[2:2+n], body[2+n:2+n+aes.BlockSize]
	key, err := c.auth.key(user)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(key))
	text := []byte(body[2+n+aes.BlockSize:])
	if err := outputFeedback(text, sum[:], []byte(iv)); err != nil {
		return "", err
	}
	check := sha1.Sum(text[sha1.Size:])
	if subtle.ConstantTimeCompare(check[:], text[:sha1.Size]) != 1 {
		return "", fmt.Errorf("cannot be decrypted with the password of user %q", user)
	}
	return string(text[sha1.Size:]), nil
}

// outputFeedback turns text into plain text in place; iv is used up.
func outputFeedback(text, key, iv []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	for len(text) > 0 {
		block.Encrypt(iv, iv)
		text = text[subtle.XORBytes(text, text, iv):]
	}
	return nil
}
