package discover

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestHeldByDescriptor(t *testing.T) {
	host := nstest.Host(t)
	held := host.HoldByFD(t, nstest.Propagation("rprivate"))
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) { checkHeld(t, r, r.snapshot(t), held) })
	}
}

func TestHeldByBind(t *testing.T) {
	host := nstest.Host(t)
	held := host.HoldByBind(t, "/mnt/ns/a b\n\x1b[31m\xff")
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) { checkHeld(t, r, r.snapshot(t), held) })
	}
}

// The file is mounted in a namespace that is itself held by a descriptor only: no
// process sees the mount.
func TestHeldByBindInHeldNamespace(t *testing.T) {
	host := nstest.Host(t)
	outer := host.Clone(t, nstest.Propagation("rprivate"))
	inner := outer.HoldByBind(t, "/mnt/ns/inner")
	mounts := outer.Mounts(t)
	fd := host.Open(t, outer.Proc("ns/mnt"))
	outer.Exit(t)
	held := nstest.Held{NS: outer.NS(), Mounts: mounts, Holder: nsctl.Holder{
		Kind: nsctl.HeldByFD, PID: host.PID(), Path: host.Proc(fmt.Sprintf("fd/%d", fd)),
	}}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			checkHeld(t, r, s, held)
			switch root := os.Geteuid() == 0; {
			case root && r.walks:
				checkHeld(t, r, s, inner)
			case root || r.byID:
				// Only the mount tells of it, and no path leads there. The kernel's walk is for root.
				compareOrGap(t, s, inner, false)
			}
		})
	}
}

// What is mounted over the file, or over a directory above it, is not the file.
func TestHeldByHiddenBind(t *testing.T) {
	host := nstest.Host(t)
	held := host.HoldByBind(t, "/mnt/ns/held", nstest.Propagation("rprivate"))
	other := host.HoldByBind(t, "/mnt/other/held", nstest.Propagation("rprivate"))
	host.Must(t, nstest.Tmpfs("/mnt/ns"), nstest.Touch("/mnt/ns/held"),
		nstest.Bind("/mnt/other/held", "/mnt/ns/held"))
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			compareOrGap(t, s, other, r.byID || os.Geteuid() == 0)
			compareOrGap(t, s, held, r.walks && os.Geteuid() == 0)
		})
	}
}

// compareOrGap checks a namespace that can be read, or must have a gap unless somebody
// happened to hold a descriptor that led there.
func compareOrGap(t *testing.T, s *nsctl.Snapshot, held nstest.Held, canRead bool) {
	t.Helper()
	ns := namespaceOf(t, s, held.NS)
	if canRead || len(ns.Mounts) > 0 {
		compare(t, s, held.NS, held.Mounts)
	} else {
		wantGap(t, s, held.NS, "mounts")
	}
}

// checkHeld checks a namespace that no process is in. Without a way to read it by
// its id, a thread must enter it, which only root on the host may.
func checkHeld(t *testing.T, r reading, s *nsctl.Snapshot, held nstest.Held) {
	t.Helper()
	ns := namespaceOf(t, s, held.NS)
	// Others who look at the machine hold descriptors of all its namespaces at times.
	holders := slices.DeleteFunc(slices.Clone(ns.HeldBy), func(h nsctl.Holder) bool {
		return h.Kind == nsctl.HeldByFD && h.PID != held.Holder.PID
	})
	if !slices.Equal(holders, []nsctl.Holder{held.Holder}) {
		t.Errorf("held by %+v, want %+v", ns.HeldBy, held.Holder)
	}
	if ns.ProcessCount != 0 || len(ns.Processes) != 0 {
		t.Errorf("%d processes in it: %+v", ns.ProcessCount, ns.Processes)
	}
	compareOrGap(t, s, held, r.byID || os.Geteuid() == 0)
}

func wantGap(t *testing.T, s *nsctl.Snapshot, ns nsctl.NSNumber, what string) {
	t.Helper()
	for _, g := range gapsOf(s, ns) {
		if g.What == what && g.Message != "" {
			return
		}
	}
	t.Errorf("no gap tells that %s of %v are missing: %+v", what, ns, s.Gaps)
}

func TestHeldByThread(t *testing.T) {
	host := nstest.Host(t)
	thread := host.Thread(t)
	thread.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs("/mnt/thread"))
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			ns := compare(t, s, thread.NS(), thread.Mounts(t))
			want := []nsctl.Holder{{Kind: nsctl.HeldByThread, PID: thread.PID()}}
			if !slices.Equal(withoutReaders(ns), want) {
				t.Errorf("held by %+v, want %+v", ns.HeldBy, want)
			}
			wantProcesses(t, ns, host.PID())
			wantProcesses(t, namespaceOf(t, s, host.NS()), host.PID())
		})
	}
}

// The leader of a process may end before its other threads: /proc/PID is then
// that of a zombie, without namespace and mounts.
func TestLeaderHasEnded(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t, nstest.Propagation("rprivate"))
	thread := n.Thread(t)
	here, there := n.Mounts(t), thread.Mounts(t)
	n.EndLeader(t)
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			compare(t, s, n.NS(), here)
			compare(t, s, thread.NS(), there)
			wantProcesses(t, namespaceOf(t, s, n.NS()), n.PID())
			wantProcesses(t, namespaceOf(t, s, thread.NS()), n.PID())
		})
	}
}

// wantProcesses checks which processes are in a namespace, and what they are called.
func wantProcesses(t *testing.T, ns *nsctl.Namespace, pids ...int) {
	t.Helper()
	slices.Sort(pids)
	var got []int
	for _, p := range ns.Processes {
		got = append(got, p.PID)
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID))
		if err != nil || p.Comm != strings.TrimSuffix(string(comm), "\n") {
			t.Errorf("process %d is called %q, want %q (%v)", p.PID, p.Comm, comm, err)
		}
	}
	if !slices.Equal(got, pids[:min(len(pids), nsctl.MaxProcesses)]) || ns.ProcessCount != len(pids) {
		t.Errorf("%d processes in %v: %v, want %v", ns.ProcessCount, ns.NS, got, pids)
	}
}

func TestManyProcessesInOneNamespace(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t)
	pids := []int{n.PID()}
	for range nsctl.MaxProcesses + 2 {
		pids = append(pids, n.Fork(t).PID())
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			ns := namespaceOf(t, s, n.NS())
			wantProcesses(t, ns, pids...)
			if want := []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: slices.Min(pids)}}; !slices.Equal(withoutReaders(ns), want) {
				t.Errorf("held by %+v, want %+v", ns.HeldBy, want)
			}
		})
	}
}

func TestOwners(t *testing.T) {
	host := nstest.Host(t)
	type owned struct {
		name string
		n    *nstest.NS
		uid  uint32 // who made the user namespace that owns it
	}
	me := uint32(os.Geteuid())
	namespaces := []owned{
		{"host", host, me}, // root's is owned by the machine's first user namespace, which is root's
		{"same owner", host.Clone(t), me},
		{"own user namespace", host.Clone(t, nstest.User()), me},
	}
	if me == 0 {
		user := host.Fork(t, nstest.As(65534))
		namespaces = append(namespaces, owned{"another user's", user.Clone(t, nstest.User()), 65534})
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			for _, o := range namespaces {
				ns := compare(t, s, o.n.NS(), o.n.Mounts(t))
				if want := userNumber(t, o.n); ns.OwnerUserNS != want {
					t.Errorf("%s: owned by %v, want %v", o.name, ns.OwnerUserNS, want)
				}
				if ns.OwnerUID == nil {
					t.Errorf("%s: the owner's uid is unknown", o.name)
				} else if *ns.OwnerUID != o.uid {
					t.Errorf("%s: the owner's uid is %d, want %d", o.name, *ns.OwnerUID, o.uid)
				}
			}
		})
	}
}

func userNumber(t *testing.T, n *nstest.NS) nsctl.UserNSNumber {
	t.Helper()
	link, err := os.Readlink(n.Proc("ns/user"))
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(link, "user:["), "]"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return nsctl.UserNSNumber(number)
}

// withoutReaders gives what holds a namespace, except for descriptors: whoever else reads
// this host has it open for a moment.
func withoutReaders(ns *nsctl.Namespace) []nsctl.Holder {
	return slices.DeleteFunc(slices.Clone(ns.HeldBy), func(h nsctl.Holder) bool { return h.Kind == nsctl.HeldByFD })
}
