// Package systemd has the service units; its tests ask systemd's own tools about them.
package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/testkit/servers"
)

var units = []string{"castor-shipper.service", "castor-indexer.service"}

// analyze runs systemd-analyze on a copy of a unit whose program is there.
func analyze(t *testing.T, unit string, args ...string) string {
	t.Helper()
	tool := servers.Find("systemd-analyze")
	if tool == "" {
		servers.Missing(t, "systemd-analyze", "apt-get install systemd")
	}
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, unit)
	program := strings.TrimSuffix(unit, ".service")
	mock := filepath.Join(dir, program)
	write(t, mock, "#!/bin/sh\n", 0o755)
	write(t, copied, strings.ReplaceAll(string(text), "/usr/bin/"+program, mock), 0o644)
	out, err := exec.Command(tool, append(args, copied)...).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	for _, unit := range units {
		if out := analyze(t, unit, "verify", "--man=no"); strings.Contains(out, unit) {
			t.Errorf("%s:\n%s", unit, out)
		}
	}
}

// TestExposure: the score of systemd-analyze security, 0 to 10, is below 2.0.
func TestExposure(t *testing.T) {
	for _, unit := range units {
		out := analyze(t, unit, "security", "--offline=true", "--threshold=19")
		if !strings.Contains(out, "Overall exposure level") {
			t.Errorf("%s has no score:\n%s", unit, out)
		}
	}
}
