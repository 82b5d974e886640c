// Package docker has the Dockerfiles; its test looks for what a build would stumble over. There is no engine to build with where it runs.
package docker

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	stage  = regexp.MustCompile(`(?mi)^FROM (?:--\S+ )?(\S+)(?: AS (\S+))?`)
	copied = regexp.MustCompile(`(?m)^COPY (?:--(from|chown|chmod)=(\S+) )?(?:--\S+ )*(\S.*) \S+$`)
	user   = regexp.MustCompile(`(?m)^USER (\S+)`)
)

func TestDockerfiles(t *testing.T) {
	for file, images := range map[string]int{"Dockerfile": 3, "Dockerfile.release": 1} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text, stages := string(raw), map[string]bool{}
		for _, m := range stage.FindAllStringSubmatch(text, -1) {
			stages[m[2]] = true
			if !strings.Contains(m[1], ":") || strings.HasSuffix(m[1], ":latest") {
				t.Errorf("%s: the image %s has no version", file, m[1])
			}
		}
		for _, m := range copied.FindAllStringSubmatch(text, -1) {
			if m[1] == "from" {
				if !stages[m[2]] {
					t.Errorf("%s: there is no stage %s", file, m[2])
				}
				continue
			}
			for _, source := range strings.Fields(m[3]) {
				if _, err := os.Stat(filepath.Join("../..", source)); err != nil && !strings.Contains(source, "$") {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
		users := user.FindAllStringSubmatch(text, -1)
		for _, u := range users {
			if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(u[1]) {
				t.Errorf("%s: the user %s is root, or no number, which runAsNonRoot cannot judge", file, u[1])
			}
		}
		if len(users) != images {
			t.Errorf("%s: %d images, %d users", file, images, len(users))
		}
	}
}
