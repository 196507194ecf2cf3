package discover

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// A table that changes while it is read is read again, or the snapshot says that it
// may be a mixture. Here mounts come and go in a fixed order, so that every moment
// can be told: of the numbered mounts there are always window or one fewer, with
// consecutive numbers. A mixture has more, as the kernel lists mounts in the order of
// their age and what has gone from the front is still at the end.
func TestTableChangesWhileRead(t *testing.T) {
	const window = 150 // more than a page of mountinfo
	host := nstest.Host(t)
	dir := func(i int) string { return fmt.Sprintf("/mnt/numbered-%d", i) }
	for i := range window {
		host.Must(t, nstest.Tmpfs(dir(i)))
	}
	held := host.HoldByFD(t, nstest.Propagation("rslave")).NS // what changes in the host changes here
	for _, r := range readings {
		for _, tc := range []struct {
			name string
			ns   nsctl.NSNumber
		}{{"a process in it", host.NS()}, {"held by a descriptor", held}} {
			t.Run(r.name+", "+tc.name, func(t *testing.T) {
				if tc.ns == held && !r.byID && os.Geteuid() != 0 {
					t.Skip("only root may enter namespaces to read them")
				}
				first := numbersOf(host.Mounts(t))[0]
				stop := background(t, func(i int) error {
					return host.Do(nstest.Umount(dir(first+i)), nstest.Tmpfs(dir(first+i+window)))
				})
				defer stop()
				scanner := r.scan()
				for range 30 {
					s, err := scanner.Snapshot(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if ns := namespaceOf(t, s, tc.ns); len(gapsOf(s, tc.ns)) == 0 {
						checkWindow(t, ns.Mounts, window)
					} else {
						wantGap(t, s, tc.ns, "mounts")
						t.Log(s.Gaps)
					}
				}
			})
		}
	}
}

func checkWindow(t *testing.T, mounts []nsctl.Mount, window int) {
	t.Helper()
	numbers := numbersOf(mounts)
	if len(numbers) != window && len(numbers) != window-1 {
		t.Errorf("%d mounts at once: a mixture of several moments", len(numbers))
	}
	for i, number := range numbers {
		if number != numbers[0]+i {
			t.Errorf("mount %d follows %d: a mixture of several moments", number, numbers[i-1])
		}
	}
}

func numbersOf(mounts []nsctl.Mount) (numbers []int) {
	for _, m := range mounts {
		if digits, ok := strings.CutPrefix(m.Mountpoint, "/mnt/numbered-"); ok {
			var number int
			if _, err := fmt.Sscan(digits, &number); err != nil {
				panic(err) // nothing else makes mounts with such names
			}
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// background repeats a step until stop is called, which waits for the last.
func background(t *testing.T, step func(i int) error) (stop func()) {
	t.Helper()
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if err := step(i); err != nil {
				t.Error(err)
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		wait.Wait()
	})
}

// Namespaces and processes that come and go while they are read leave no trace: a
// snapshot has them or not, and no gap tells of what has ended.
func TestProcessesEndWhileRead(t *testing.T) {
	host := nstest.Host(t)
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			scanner := r.scan()
			var taken []*nsctl.Snapshot
			stop := background(t, func(int) error {
				s, err := scanner.Snapshot(t.Context())
				taken = append(taken, s)
				return err
			})
			defer stop()
			ended := departed{map[nsctl.NSNumber]bool{}, map[nsctl.NSID]bool{}, map[int]bool{}}
			for range 50 {
				n := host.Clone(t)
				ended.add(t, n)
				ended.add(t, n.Thread(t))
				n.Exit(t)
			}
			stop()
			want := host.Mounts(t)
			for _, s := range taken {
				compare(t, s, host.NS(), want)
				others := heldByOthers(s)
				for _, g := range s.Gaps {
					gone := g.Error == "ENOENT" || g.Error == "ESRCH" || g.Error == "EINVAL"
					if ended.has(s, g.NS) && !others[g.NS] || gone && g.NS == 0 {
						t.Errorf("a gap for what has ended: %+v", g)
					}
				}
				for _, ns := range s.Namespaces {
					if ended.has(s, ns.NS) && !others[ns.NS] && len(ns.Mounts) == 0 {
						t.Errorf("a namespace without mounts, of one that has ended: %+v", ns.NamespaceInfo)
					}
				}
			}
		})
	}
}

// departed are namespaces that have ended. Their numbers are given to others at once, and
// what other tests do to those is none of this one's business.
type departed struct {
	numbers map[nsctl.NSNumber]bool
	ids     map[nsctl.NSID]bool
	pids    map[int]bool
}

func (d departed) add(t *testing.T, n *nstest.NS) {
	t.Helper()
	d.numbers[n.NS()], d.pids[n.PID()] = true, true
	file, err := sys.OpenNamespace(n.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if id, err := file.MountNSID(); err == nil { // Linux 6.11
		d.ids[nsctl.NSID(id)] = true
	}
}

// has says that a number in a snapshot is that of a namespace which has ended.
func (d departed) has(s *nsctl.Snapshot, number nsctl.NSNumber) bool {
	if !d.numbers[number] {
		return false
	}
	for i := range s.Namespaces {
		switch ns := &s.Namespaces[i]; {
		case ns.NS != number:
		case ns.NSID != 0:
			return d.ids[ns.NSID]
		default:
			return !slices.ContainsFunc(ns.Processes, func(p nsctl.Process) bool { return !d.pids[p.PID] })
		}
	}
	return true
}

// heldByOthers gives the namespaces that a descriptor or a bind mount keeps alive. Nothing
// of the kind is done to those that end here: whoever else works on this machine has one
// open, or has one that got the number of one that ended.
func heldByOthers(s *nsctl.Snapshot) map[nsctl.NSNumber]bool {
	held := map[nsctl.NSNumber]bool{}
	for _, ns := range s.Namespaces {
		for _, h := range ns.HeldBy {
			if h.Kind == nsctl.HeldByFD || h.Kind == nsctl.HeldByBind {
				held[ns.NS] = true
			}
		}
	}
	return held
}

// A process can enter another namespace after it was listed. Its mountinfo is then
// that of the other one.
func TestProcessThatHasMovedIsNotAsked(t *testing.T) {
	host := nstest.Host(t)
	clone := host.Clone(t)
	r := New(Options{}).newScan().newReader()
	moved := view{pid: clone.PID()}
	if _, err := r.throughView(host.NS(), moved, false); !errors.Is(err, errMoved) {
		t.Errorf("got %v, want %v", err, errMoved)
	}
	result, err := r.byMountinfo(target{ns: host.NS(), views: []view{moved, {pid: host.PID()}}}, false)
	if err != nil {
		t.Fatal(err)
	}
	compareMounts(t, result.mounts, host.Mounts(t))
}
