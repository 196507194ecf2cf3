package nstest_test

import (
	"os"
	"testing"

	"mntscope/nsctl/internal/nstest"
)

func bareScene(t *testing.T) *nstest.NS {
	t.Helper()
	bare := nstest.Host(t).Thread(t)
	bare.Must(t,
		nstest.Make("rprivate", "/"), nstest.Tmpfs("/mnt/new"), nstest.Mkdir("/mnt/new/old"), nstest.Pivot("/mnt/new", "/mnt/new/old"),
		nstest.Chdir("/"), nstest.Detach("/old"), nstest.Mkdir("/dir"),
	)
	return bare
}

// An agent in a scene that has nothing but an empty tmpfs makes copies of it.
func TestCopiesOfABareScene(t *testing.T) {
	bare := bareScene(t)
	for name, n := range map[string]*nstest.NS{
		"thread": bare.Thread(t), "thread of a thread": bare.Thread(t).Thread(t),
		"process": bare.Clone(t), "process in a user namespace": bare.Clone(t, nstest.User()),
		"thread of that":            bare.Clone(t, nstest.User()).Thread(t),
		"user namespace in another": bare.Clone(t, nstest.User()).Clone(t, nstest.User()),
	} {
		t.Run(name, func(t *testing.T) {
			if got := len(n.Mounts(t)); got != 1 {
				t.Errorf("it sees %d mounts, want only the root", got)
			}
			if n.NS() == bare.NS() {
				t.Error("it is no copy")
			}
			if err := n.Do(nstest.Tmpfs("/dir"), nstest.Touch("/dir/file")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A thread in a copy has the same root directory even if something is mounted on top
// of it, where somebody who enters the namespace does not get.
func TestThreadBelowWhatCoversTheRoot(t *testing.T) {
	bare := bareScene(t)
	bare.Must(t, nstest.Tmpfs("/"))
	thread := bare.Thread(t)
	if got := len(thread.Mounts(t)); got != 2 {
		t.Errorf("it sees %d mounts, want the root and what covers it", got)
	}
	if _, err := os.Stat(thread.Path("/dir")); err != nil {
		t.Error(err)
	}
}
