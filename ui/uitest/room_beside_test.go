package uitest_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"mntscope/ui/uitest"
)

// beside opens an explorer, and a shell beside it in a pid namespace of their own: neither sees
// what other tests do to this machine.
func beside(t *testing.T, cols, rows int) (working, *room) {
	t.Helper()
	state := t.TempDir()
	var pipes [2]*os.File
	var names [2]string
	for i, name := range []string{"in", "out"} {
		names[i] = filepath.Join(state, name)
		if err := syscall.Mkfifo(names[i], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(names[i], os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		pipes[i] = f
	}
	if err := pipes[1].SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // it has no other end
		t.Fatal(err)
	}
	words := pidNamespace()
	words = append(words, "/bin/sh", "-c", `/bin/sh <"$1" >"$2" 2>&1 & shift 2; exec "$@"`, "sh", names[0], names[1], explorer(t).Path)
	w := atWorkIn(t, state, cols, rows, words...)
	return w, &room{uitest.ShellOn(pipes[0], pipes[1])}
}

// ownNamespace is the command that leads into a new mount namespace, which is no sandbox but which
// the explorer may change.
func ownNamespace() string {
	if os.Geteuid() != 0 {
		return "unshare --user --map-root-user --mount --propagation private"
	}
	return "unshare --mount --propagation private"
}
