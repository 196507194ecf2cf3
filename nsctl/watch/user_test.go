package watch

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// In a user namespace its root hears the namespaces that it owns exactly, says what it does
// without, and names nobody: the kernel tells it of no process but its own.
func TestInAUserNamespace(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Mkdir("/mnt/x"))
	n := host.Clone(t, nstest.User())
	const script = `
MNTSCOPE_TEST_WATCH=1 "$0" >/mnt/out 2>/mnt/err & watch=$!
until_told() { i=0; until grep -q "$1" /mnt/out; do i=$((i+1)); test $i -lt 600 || exit 1; sleep 0.1; done; }
until_told '"kind":"ready"'
mount -t tmpfs none /mnt/x && until_told '"kind":"mount".*/mnt/x'
umount /mnt/x && until_told '"kind":"umount".*/mnt/x'
kill $watch; wait $watch; cat /mnt/err /mnt/out`
	n.Must(t, nstest.Tmpfs("/mnt"), nstest.Mkdir("/mnt/x"))
	out, err := n.Run("sh", "-c", script, n.Proc("exe"))
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	in := nsctl.NewEventReader(bytes.NewReader(out))
	var about []nsctl.Event
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%.2000s", err, out)
		}
		if e.Kind == nsctl.EventReady {
			fanotify, tracefs := e.Sources[0], e.Sources[1]
			if fanotify.Namespaces == 0 || fanotify.Namespaces == len(e.Snapshot.Namespaces) ||
				!strings.Contains(fanotify.Text, "without who did it") || !strings.Contains(fanotify.Text, "are not heard") {
				t.Errorf("of %d namespaces fanotify hears %d: %s", len(e.Snapshot.Namespaces), fanotify.Namespaces, fanotify.Text)
			}
			if tracefs.Namespaces != 0 || tracefs.Text == "" {
				t.Errorf("system calls are traced without a privilege: %+v", tracefs)
			}
		}
		if e.NS == n.NS() && e.Mount != nil && e.Mount.Mountpoint == "/mnt/x" {
			about = append(about, *e)
		}
	}
	if len(about) != 2 || about[0].Kind != nsctl.EventMount || about[1].Kind != nsctl.EventUmount {
		t.Errorf("a mount and its umount were told as\n%s", describe(about))
	}
	for _, e := range about {
		if e.Actor != nil {
			t.Errorf("it was done by %+v", e.Actor)
		}
	}
}
