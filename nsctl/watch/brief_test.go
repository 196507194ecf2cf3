package watch

import (
	"fmt"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// Namespaces that end as soon as they are there do no harm: the state stays right, nothing
// of them is left, and none is told to have ended that was not told of.
func TestNamespacesThatEndAtOnce(t *testing.T) {
	for _, o := range []Options{{}, {Without: []string{"fanotify", "tracefs"}}} {
		t.Run(fmt.Sprint(o.Without, " left out"), func(t *testing.T) {
			host, peer, slave, private, _ := family(t)
			w := follow(t, o)
			out, err := host.Run("sh", "-c", "i=0; while [ $i -lt 300 ]; do unshare -m true || exit 1; i=$((i+1)); done")
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			host.Must(t, nstest.Tmpfs("/mnt/s/b"))
			w.await("something is mounted afterwards", func() bool {
				for i := range w.events {
					if at(nsctl.EventMount, host, "/mnt/s/b")(&w.events[i]) {
						return true
					}
				}
				return false
			})
			w.awaitState(host, peer, slave, private)
			w.await("all that came have gone", func() bool {
				return len(w.lives(t)) == 0
			})
			w.checkRecording(host, peer, slave, private)
		})
	}
}

// lives gives the namespaces that have come, and have not gone but do not exist any more.
func (w *told) lives(t *testing.T) map[nsctl.NSID]bool {
	t.Helper()
	there := map[nsctl.NSID]bool{}
	for _, ns := range w.events[0].Snapshot.Namespaces {
		there[ns.NSID] = false
	}
	for _, e := range w.events {
		_, known := there[e.NSID]
		if e.NSID == 0 {
			continue // one that cannot be told from others
		}
		switch e.Kind {
		case nsctl.EventNamespaceCreated:
			if known {
				t.Fatalf("%v has come twice", e.NS)
			}
			there[e.NSID] = true
		case nsctl.EventNamespaceGone:
			if !known {
				t.Fatalf("%v has gone and never came", e.NS)
			}
			delete(there, e.NSID)
		}
	}
	for id, came := range there {
		if !came || exists(id) {
			delete(there, id)
		}
	}
	return there
}

func exists(id nsctl.NSID) bool {
	_, err := sys.ListMounts(uint64(id), nil)
	return err == nil
}
