// Package packages has what the deb and rpm packages are made of; its test installs them into a system that it boots.
package packages

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/testkit/servers"
)

const root = "../.."

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// marked is the version that the programs are built with; older and newer, of the same length, are put in its place: built once, they are two
// releases.
const marked, older, newer = "0.0.0-of-the-test", "1.0.0-is-released", "1.1.0-is-released"

// build makes the programs, with the flags of `make build`: what was compiled with them before is taken from the cache.
func build(t *testing.T) map[string][]byte {
	t.Helper()
	programs, bin := map[string][]byte{}, t.TempDir()
	run(t, root, "make", "--no-print-directory", "build", "BIN="+bin, "VERSION="+marked)
	for _, name := range []string{"castor-shipper", "castor-indexer"} {
		text, err := os.ReadFile(filepath.Join(bin, name))
		if err != nil {
			t.Fatal(err)
		}
		programs[name] = text
	}
	return programs
}

// pack makes packages of the programs as a version, in folders debN and rpmN.
func pack(t *testing.T, programs map[string][]byte, to, n, version string) {
	t.Helper()
	bin, out := t.TempDir(), t.TempDir()
	for name, text := range programs {
		text = bytes.ReplaceAll(text, []byte(marked), []byte(version))
		if !bytes.Contains(text, []byte(version)) {
			t.Fatalf("%s does not hold its version", name)
		}
		if err := os.WriteFile(filepath.Join(bin, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, root, "deploy/packages/build", "v"+version[:5], "amd64", bin, out)
	for _, kind := range []string{"deb", "rpm"} {
		dir := filepath.Join(to, kind+n)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(out, "*."+kind))
		if len(files) != 2 {
			t.Fatalf("packages: %v", files)
		}
		for _, f := range files {
			if err := os.Rename(f, filepath.Join(dir, filepath.Base(f))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPackagesInABootedSystem boots this machine's own system a second time, in namespaces and with a layer over its disk that takes
// all changes, without network. There it installs, reloads, upgrades while lines arrive, and purges: testdata/probe.sh.
func TestPackagesInABootedSystem(t *testing.T) {
	for tool, how := range map[string]string{"systemd-nspawn": "apt-get install systemd-container", "rpm": "apt-get install rpm", "redis-server": "apt-get install redis-server", "dpkg": "it is Debian's"} {
		if servers.Find(tool) == "" {
			servers.Missing(t, tool, how)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("THE PACKAGES ARE NOT TRIED IN A BOOTED SYSTEM: only root may boot one")
	}
	work := t.TempDir()
	probe := filepath.Join(work, "probe")
	if err := os.Mkdir(probe, 0o755); err != nil {
		t.Fatal(err)
	}
	programs := build(t)
	pack(t, programs, probe, "1", older)
	pack(t, programs, probe, "2", newer)
	for _, path := range []string{"testdata/probe.sh", "testdata/shipper.conf", "testdata/indexer.conf", "../systemd/credentials.conf"} {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(probe, filepath.Base(path)), text, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := exec.Command("unshare", "--mount", "bash", "testdata/boot.sh", work)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	log, _ := os.ReadFile(filepath.Join(probe, "log"))
	if err != nil && !bytes.Contains(log, []byte("== booted\n")) {
		// Nothing that is tried here has begun: where the machine is a container itself, its kernel may not let it have another one.
		t.Skipf("THE PACKAGES ARE NOT TRIED IN A BOOTED SYSTEM: this machine cannot boot one: %v\n%s", err, out.String())
	}
	if err != nil || !bytes.Contains(log, []byte("== well\n")) {
		t.Fatalf("%v\n%s\n%s", err, log, out.String())
	}
	t.Logf("%s", log)
}
