package watch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/replay"
)

// anyOp makes a random operation on few places, so that most are about something.
func anyOp(r *rand.Rand) nstest.Op {
	place := func() string {
		path := "/mnt/s"
		for range r.IntN(3) {
			path += "/" + string('a'+rune(r.IntN(2)))
		}
		return path
	}
	switch r.IntN(12) {
	case 0, 1:
		return nstest.Tmpfs(place())
	case 2, 3:
		return nstest.Bind(place(), place())
	case 4:
		return nstest.Rbind(place(), place())
	case 5:
		return nstest.Move(place(), place())
	case 6, 7:
		return nstest.Umount(place())
	case 8:
		return nstest.Detach(place())
	case 9:
		return nstest.Mkdir(place())
	case 10:
		return nstest.BindBeneath(place(), place(), false)
	}
	how := []string{"shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate"}
	return nstest.Make(how[r.IntN(len(how))], place())
}

// Whatever is done, and with whatever the watch listens, the state comes to be that of the
// kernel, and the events lead there.
func TestStateLikeTheKernel(t *testing.T) {
	for _, without := range [][]string{nil, {"tracefs"}, {"fanotify", "tracefs"}, {"fanotify", "tracefs", "poll"}} {
		t.Run(strings.Join(append(slices.Clone(without), "left out"), " "), func(t *testing.T) {
			for seed := range uint64(8) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { // each watch ends before the next begins
					r := rand.New(rand.NewPCG(seed, 1))
					host, peer, slave, private, _ := family(t)
					spaces := []*nstest.NS{host, peer, slave, private}
					w := follow(t, Options{Without: without})
					for range 60 {
						ops := []nstest.Op{anyOp(r)}
						if r.IntN(4) == 0 {
							ops = append(ops, anyOp(r), anyOp(r)) // without a pause
						}
						_ = spaces[r.IntN(len(spaces))].Do(ops...) // most are refused
					}
					w.watch.Rescan() // for what has no notice
					w.awaitState(spaces...)
					checkEvents(t, w.soFar())
					w.checkRecording(spaces...)
				})
			}
		})
	}
}

// checkEvents checks what holds for all events.
func checkEvents(t *testing.T, events []nsctl.Event) {
	t.Helper()
	origins := map[int]int{}
	for i := range events {
		e := &events[i]
		if e.Seq != i {
			t.Fatalf("event %d has the number %d", i, e.Seq)
		}
		if e.Origin {
			origins[e.Op]++
		}
		if e.Op == 0 && e.Origin {
			t.Errorf("the origin of no operation:\n%s", describe(events[i:i+1]))
		}
	}
	for i := range events {
		if op := events[i].Op; op != 0 && origins[op] != 1 {
			t.Errorf("operation %d has %d origins:\n%s", op, origins[op], describe(slices.DeleteFunc(slices.Clone(events), func(e nsctl.Event) bool { return e.Op != op })))
			return
		}
	}
}

// More happens than the kernel's queue holds, while the watch is kept from listening.
func TestOverflow(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, _ := family(t)
	w := follow(t, Options{})
	w.pause.Lock()
	var ops []nstest.Op
	for range 17_400 / 2 {
		ops = append(ops, nstest.Tmpfs("/mnt/s/a"), nstest.Detach("/mnt/s/a"))
	}
	host.Must(t, append(ops, nstest.Tmpfs("/mnt/s/b"))...)
	w.pause.Unlock()
	w.await("something was missed", func() bool {
		return slices.ContainsFunc(w.events, func(e nsctl.Event) bool {
			return e.Kind == nsctl.EventResync && strings.Contains(e.Text, "queue was full")
		})
	})
	w.awaitState(host, peer, slave, private)
	// The difference that was told leads from the first state to the last.
	events := w.soFar()
	led, err := replay.Apply(events[0].Snapshot, events[1:])
	if err != nil {
		t.Fatal(err)
	}
	if wrong := compareWithKernel(t, led, []*nstest.NS{host, peer, slave, private}); wrong != "" {
		t.Errorf("the events lead elsewhere:\n%s", wrong)
	}
	checkEvents(t, w.soFar())
}

// What one operation does in hundreds of namespaces is told as one, although the kernel
// tells of each by itself and takes its time.
func TestOneOperationInManyNamespaces(t *testing.T) {
	byRoot(t)
	for _, without := range [][]string{nil, {"tracefs"}} {
		t.Run(strings.Join(append(slices.Clone(without), "left out"), " "), func(t *testing.T) {
			host := nstest.Host(t)
			host.Must(t, nstest.Mkdir("/mnt/a"))
			copies := len(host.Copies(t, 200))
			w := follow(t, Options{Without: without})
			for i := range 16 {
				op, kind := nstest.Tmpfs("/mnt/a"), nsctl.EventMount
				if i%2 == 1 {
					op, kind = nstest.Umount("/mnt/a"), nsctl.EventUmount
				}
				from := w.count()
				host.Must(t, op)
				told := map[int]int{}
				w.await("it is done everywhere", func() bool {
					clear(told)
					n := 0
					for _, e := range w.events[from:] {
						if e.Kind == kind && e.Mount.Mountpoint == "/mnt/a" {
							told[e.Op]++
							n++
						}
					}
					return n == copies+1
				})
				if len(told) != 1 {
					t.Fatalf("operation %d was told as %d: %v", i, len(told), told)
				}
			}
		})
	}
}
