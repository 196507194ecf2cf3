package carry_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// spaceOf names the namespace of an agent.
func spaceOf(t testing.TB, n *nstest.NS) carry.Space {
	t.Helper()
	file, err := sys.OpenNamespace(n.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	id, err := file.MountNSID()
	if err != nil {
		t.Fatal(err)
	}
	return carry.Space{NS: n.NS(), ID: nsctl.NSID(id), Ways: []string{n.Proc("ns/mnt")}}
}

// doer does jobs in the namespaces of a scene: root by himself, anybody else with a helper.
func doer(t testing.TB, n *nstest.NS) func(carry.Job) carry.Report {
	t.Helper()
	if os.Geteuid() == 0 {
		return carry.Job.Do
	}
	h := helper(t, n)
	return func(j carry.Job) carry.Report {
		r, err := h.Do(j)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// helper starts a helper in the user namespace that owns a namespace.
func helper(t testing.TB, n *nstest.NS) *carry.Helper {
	t.Helper()
	file, err := sys.OpenNamespace(n.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	owner, err := file.Owner()
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	h, err := carry.StartHelper(owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func make1(to nsctl.PropagationType, path string) nsctl.Op {
	return nsctl.Op{Kind: nsctl.OpMake, Type: to, Target: path}
}

// A pid that was given to another process, or the number of a namespace that was given to
// another one, does not lead there.
func TestIdentityOfANamespace(t *testing.T) {
	host := nstest.Host(t)
	a, b := spaceOf(t, host.Clone(t)), spaceOf(t, host.Clone(t))
	do := doer(t, host)
	for name, space := range map[string]carry.Space{
		"the way leads to another one":        {NS: a.NS, ID: a.ID, Ways: b.Ways},
		"the number was given to another one": {NS: b.NS, ID: a.ID, Ways: b.Ways},
		"the way leads nowhere":               {NS: a.NS, ID: 1 << 60, Ways: []string{"/proc/0/ns/mnt"}},
		"another kind of namespace":           {NS: a.NS, ID: 1 << 60, Ways: []string{"/proc/self/ns/net"}},
	} {
		r := do(carry.Job{Op: make1(nsctl.Private, nstest.Scratch), In: space})
		if space.NS == a.NS && space.ID == a.ID && r.Failure == nil {
			continue // found by its id (Linux 6.18): it is the right one
		}
		if r.Failure == nil || !r.Failure.Gone || r.Entered {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if mounts := nstestTypes(t, host); !mounts[nstest.Scratch] {
		t.Error("the host was changed")
	}
}

// nstestTypes says of each mount point whether it is shared.
func nstestTypes(t *testing.T, n *nstest.NS) map[string]bool {
	t.Helper()
	shared := map[string]bool{}
	for _, m := range n.Mounts(t) {
		shared[m.Mountpoint] = m.Propagation.Shared != 0
	}
	return shared
}

// What a path leads to is compared by all that is known of it.
func TestExpectations(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	do, in := doer(t, host), spaceOf(t, host)
	look := do(carry.Job{Op: make1(nsctl.Private, "/mnt/a"), In: in, OnlyLook: true})
	if look.Failure != nil || look.Places.Target == nil {
		t.Fatalf("%+v", look)
	}
	is := *look.Places.Target
	if is.Path != "/mnt/a" || !is.MountRoot || !is.Directory || is.Mount == 0 || is.ID == 0 {
		t.Errorf("the place is %+v", is)
	}
	for name, wrong := range map[string]func(*carry.Place){
		"mount":     func(p *carry.Place) { p.Mount++ },
		"unique id": func(p *carry.Place) { p.ID++ },
		"path":      func(p *carry.Place) { p.Path += "x" },
		"root":      func(p *carry.Place) { p.MountRoot = false },
		"kind":      func(p *carry.Place) { p.Directory = false },
	} {
		expect := is
		wrong(&expect)
		r := do(carry.Job{Op: make1(nsctl.Private, "/mnt/a"), In: in, Expect: carry.Places{Target: &expect}})
		if r.Failure == nil || !r.Failure.Changed {
			t.Errorf("with another %s: %+v", name, r.Failure)
		}
	}
	if !nstestTypes(t, host)["/mnt/a"] {
		t.Error("it was changed")
	}
	r := do(carry.Job{Op: make1(nsctl.Private, "/mnt/a"), In: in, Expect: carry.Places{Target: &is}})
	if r.Failure != nil || nstestTypes(t, host)["/mnt/a"] {
		t.Errorf("%+v", r)
	}
}

// A helper is root of the user namespace that it was started in, and nobody else there.
func TestHelper(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t, nstest.User())
	h := helper(t, n)
	in := spaceOf(t, n)
	for range 3 {
		r, err := h.Do(carry.Job{Op: nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "x\xff", Target: "/mnt"}, In: in})
		if err != nil || r.Failure != nil {
			t.Fatal(err, r.Failure)
		}
	}
	info, err := os.Stat(n.Path("/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := ownerOf(info); uid != os.Geteuid() { // who is root there
		t.Errorf("the new filesystem belongs to %d", uid)
	}
	r, err := h.Do(carry.Job{Op: make1(nsctl.Private, nstest.Scratch), In: spaceOf(t, host)})
	if os.Geteuid() == 0 && (err != nil || r.Failure == nil || r.Entered) {
		t.Errorf("it entered the namespace of another owner: %+v %v", r, err)
	}
}

// A thread that has been to a directory to unmount what is mounted there, and that cannot go
// back to where it came from, keeps it busy no longer than its job takes.
func TestNothingStaysBusy(t *testing.T) {
	n := nstest.Host(t).Clone(t, nstest.User())
	h, in := helper(t, n), spaceOf(t, n)
	for range 300 {
		n.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Tmpfs("/mnt/a/x"))
		for _, path := range []string{"/mnt/a/x", "/mnt/a"} {
			r, err := h.Do(carry.Job{Op: nsctl.Op{Kind: nsctl.OpUmount, Target: path}, In: in})
			if err != nil || r.Failure != nil {
				t.Fatalf("umount %s: %v %v", path, err, r.Failure)
			}
		}
	}
}

// Who only looks at a mount for a moment does not keep it from being unmounted.
func TestBusyForAMoment(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	do, in := doer(t, host), spaceOf(t, host)
	file, err := os.Open(host.Path("/mnt/a"))
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	time.AfterFunc(10*time.Millisecond, func() { closed <- file.Close() })
	if r := do(carry.Job{Op: nsctl.Op{Kind: nsctl.OpUmount, Target: "/mnt/a"}, In: in}); r.Failure != nil {
		t.Errorf("%+v", r.Failure)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// Thousands of operations leave no descriptor and no thread behind; nstest looks after
// threads in other namespaces at the end.
func TestNothingLeaks(t *testing.T) {
	times := 10_000
	if testing.Short() {
		times = 500
	}
	host := nstest.Host(t)
	do, in := doer(t, host), spaceOf(t, host)
	count := func(what string) int {
		names, err := os.ReadDir(filepath.Join("/proc/self", what))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	do(carry.Job{Op: make1(nsctl.Private, nstest.Scratch), In: in})
	fds := count("fd")
	for i := range times {
		op := make1([]nsctl.PropagationType{nsctl.Shared, nsctl.Private}[i%2], nstest.Scratch)
		if i%50 == 0 {
			op = nsctl.Op{Kind: nsctl.OpUmount, Target: "/mnt/nothing"} // a failure
		}
		if r := do(carry.Job{Op: op, In: in}); (r.Failure == nil) != (i%50 != 0) {
			t.Fatalf("%s: %+v", op, r.Failure)
		}
	}
	if now := count("fd"); now > fds {
		t.Errorf("%d descriptors, before there were %d", now, fds)
	}
	if threads := count("task"); threads > 64 {
		t.Errorf("%d threads", threads)
	}
}
