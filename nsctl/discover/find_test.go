package discover

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestFindOnTheLiveHost(t *testing.T) {
	host := nstest.Host(t)
	ended := host.Clone(t)
	ended.Exit(t)
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	infos := make([]nsctl.NamespaceInfo, len(s.Namespaces))
	for i := range s.Namespaces {
		infos[i] = s.Namespaces[i].NamespaceInfo
	}
	link := filepath.Join(t.TempDir(), "ns")
	if err := os.Symlink(host.Proc("ns/mnt"), link); err != nil {
		t.Fatal(err)
	}
	own, err := nstest.NumberOf("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, ref string
		want      nsctl.NSNumber
		problem   string
	}{
		{name: "self", ref: "self", want: own},
		{name: "pid", ref: strconv.Itoa(host.PID()), want: host.NS()},
		{name: "notation", ref: host.NS().String(), want: host.NS()},
		{name: "number", ref: strconv.Itoa(int(host.NS())), want: host.NS()},
		{name: "namespace file", ref: host.Proc("ns/mnt"), want: host.NS()},
		{name: "link to a namespace file", ref: link, want: host.NS()},
		{name: "dead pid", ref: strconv.Itoa(ended.PID()), problem: "does not exist"},
		{name: "pid that cannot be", ref: strconv.Itoa(maxPID + 1), problem: "no such mount namespace"},
		{name: "negative pid", ref: "-1", problem: "no such mount namespace"},
		{name: "namespace that is gone", ref: ended.NS().String() + "0", problem: "is not a mount namespace"},
		{name: "file of another kind", ref: "/proc/self/ns/uts", problem: "is not the file of a mount namespace"},
		{name: "file that is none", ref: "/proc/self/status", problem: "is not the file of a mount namespace"},
		{name: "file that is not there", ref: "/no/such/file", problem: "no such file"},
		{name: "fifo that nobody writes to", ref: fifo(t, host), problem: "is not the file of a mount namespace"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i, err := Find(infos, tc.ref)
			switch {
			case tc.problem != "":
				if err == nil || !strings.Contains(err.Error(), tc.problem) && !strings.Contains(err.Error(), "no such mount namespace") {
					t.Errorf("got %d, %v; want an error with %q", i, err, tc.problem)
				}
			case err != nil:
				t.Error(err)
			case infos[i].NS != tc.want:
				t.Errorf("got %v, want %v", infos[i].NS, tc.want)
			}
		})
	}
}

// fifo makes a named pipe, which a careless open would wait on for ever.
func fifo(t *testing.T, host *nstest.NS) string {
	t.Helper()
	if _, err := host.Run("/usr/bin/mkfifo", "/mnt/fifo"); err != nil {
		t.Fatal(err)
	}
	return host.Path("/mnt/fifo")
}
