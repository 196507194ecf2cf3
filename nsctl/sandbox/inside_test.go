package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/keeper"
)

// changing is a Changer to which nobody is of use in other namespaces but the keepers of a
// store.
type changing struct {
	*change.Changer
	t    testing.TB
	made *sandbox.Sandbox
}

// patient is longer than any answer takes.
const patient = time.Minute

// keepersOf has the patience that a busy machine takes, or that of the program.
func keepersOf(s *sandbox.Store, patience time.Duration) func(*nsctl.NamespaceInfo) (change.Insider, bool) {
	keepers := &sandbox.Insiders{Open: func() (*sandbox.Store, error) { return s, nil }, Patience: patience}
	return func(ns *nsctl.NamespaceInfo) (change.Insider, bool) { return keepers.Of(ns) }
}

func throughKeeper(t testing.TB, s *sandbox.Store, b *sandbox.Sandbox) *changing {
	t.Helper()
	return changer(t, b, change.Options{Journal: t.TempDir(), Inside: keepersOf(s, patient), OnlyInside: true})
}

// changer makes a Changer that takes the sandbox for all there is, so that nothing else counts.
func changer(t testing.TB, b *sandbox.Sandbox, o change.Options) *changing {
	t.Helper()
	info := nsctl.NamespaceInfo{
		NS: b.NS, NSID: b.NSID, Kind: nsctl.KindSandbox, Name: b.Name, OwnerUserNS: b.OwnerUserNS,
		Processes: []nsctl.Process{{PID: b.PID, Comm: keeper.Name}}, ProcessCount: 1,
	}
	o.Read = func(context.Context) (*nsctl.Snapshot, error) {
		mounts, err := nstest.ReadMountinfo(fmt.Sprintf("/proc/%d/mountinfo", b.PID))
		for i, by := range graph.HiddenBy(mounts) {
			mounts[i].HiddenBy = by
		}
		return &nsctl.Snapshot{Host: nsctl.Host{BootID: b.BootID, MountMax: 100_000}, Namespaces: []nsctl.Namespace{{NamespaceInfo: info, Mounts: mounts}}}, err
	}
	c := &changing{change.New(o), t, b}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *changing) plan(line string) *change.Plan {
	c.t.Helper()
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		c.t.Fatal(err)
	}
	p, err := c.Plan(c.t.Context(), change.Request{Op: op, NS: c.made.NS.String()})
	if err != nil {
		c.t.Fatalf("%s: %v", line, err)
	}
	return p
}

// apply does operations, which must do what was predicted.
func (c *changing) apply(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		r, err := c.Apply(c.t.Context(), c.plan(line))
		if err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
		for _, surprise := range r.Surprises {
			c.t.Errorf("%s: %s", line, surprise.Text)
		}
	}
}

// takeBack takes back the last operations.
func (c *changing) takeBack(count int) {
	c.t.Helper()
	for range count {
		u, err := c.PlanUndo(c.t.Context())
		if err == nil {
			_, err = c.ApplyUndo(c.t.Context(), u)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// state is what is mounted in the sandbox, without numbers.
func (c *changing) state() []string {
	c.t.Helper()
	var lines []string
	for _, m := range mountsOf(c.t, c.made.PID) {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", m.Mountpoint, m.Root, m.FSType, m.Source, m.Propagation.Type()))
	}
	slices.Sort(lines)
	return lines
}

// What can be done to mounts in a sandbox is done by its keeper, as it was predicted, and can be
// taken back by it: in the host's tree, after pivot_root where there is no /proc, and in a
// sandbox that is inside of another.
func TestThroughTheKeeper(t *testing.T) {
	s := store(t)
	user := os.Geteuid() != 0
	root := func() sandbox.Root { return sandbox.Root{Dir: rootfs(t)} }
	for _, tc := range []struct {
		name string
		make func(t *testing.T) *sandbox.Sandbox
	}{
		{"the host's tree", func(t *testing.T) *sandbox.Sandbox { return made(t, s, sandbox.Spec{}) }},
		{"in a user namespace", func(t *testing.T) *sandbox.Sandbox { return made(t, s, sandbox.Spec{UserNS: true, PID: true}) }},
		{"a root without /proc", func(t *testing.T) *sandbox.Sandbox {
			b := made(t, s, sandbox.Spec{UserNS: true, Root: root(), Steps: sandbox.AllSteps})
			if points := mountsOf(t, b.PID); len(points) != 1 {
				t.Fatalf("mounted are %v", points)
			}
			return b
		}},
		{"inside of another", func(t *testing.T) *sandbox.Sandbox {
			outer := made(t, s, sandbox.Spec{UserNS: user})
			return made(t, s, sandbox.Spec{In: outer.Name, Propagation: sandbox.Private})
		}},
		{"in a user namespace of another's", func(t *testing.T) *sandbox.Sandbox {
			outer := made(t, s, sandbox.Spec{UserNS: user, PID: true})
			return made(t, s, sandbox.Spec{In: outer.Name, UserNS: true, PID: true, Propagation: sandbox.Private})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := throughKeeper(t, s, tc.make(t))
			before := c.state()
			c.apply("mount -t tmpfs -o nosuid,mode=755 one /mnt")
			for _, dir := range []string{"a", "b", "c"} {
				if err := os.Mkdir(fmt.Sprintf("/proc/%d/root/mnt/%s", c.made.PID, dir), 0o755); err != nil && !os.IsPermission(err) { //nolint:gosec // as in a root
					t.Fatal(err)
				}
			}
			lines := []string{
				"mount -t tmpfs two /mnt/a", "mount --make-shared /mnt/a", "mount --bind /mnt/a /mnt/b", "mount --make-slave /mnt/b",
				"mount --move /mnt/b /mnt/c", "mount --rbind /mnt /mnt/b", "mount --make-rprivate /mnt/b", "mount --make-unbindable /mnt/b",
				"umount -l /mnt/b", "umount /mnt/c", "mount --beneath -t tmpfs three /mnt/a", "umount /mnt/a",
			}
			c.apply(lines...)
			c.takeBack(len(lines) + 1)
			if after := c.state(); !slices.Equal(before, after) {
				t.Errorf("before it was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			if p := c.plan("umount /nothing/there"); p.Blocked == nil || p.Prediction.OK {
				t.Errorf("umount of what is not there: %v", p.Blocked)
			}
		})
	}
}

// pivot_root through the keeper, in a sandbox whose root is none of its own yet, moves all that
// lives in it, the keeper too.
func TestPivotRootThroughTheKeeper(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true})
	c := throughKeeper(t, s, b)
	c.apply("mount -t tmpfs new /mnt")
	root := fmt.Sprintf("/proc/%d/root", b.PID)
	if err := os.Mkdir(root+"/mnt/old", 0o755); err != nil { //nolint:gosec // as in a root
		t.Fatal(err)
	}
	c.apply("pivot_root /mnt /mnt/old", "umount -l /old", "mount -t tmpfs x /old", "mount --make-shared /old", "umount /old")
	if points := mountsOf(t, b.PID); len(points) != 1 || points[0].Source != "new" {
		t.Errorf("mounted are %v", points)
	}
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", b.PID)); err != nil || dir != "/" {
		t.Errorf("the keeper is in %q, %v", dir, err)
	}
	if names, err := os.ReadDir(fmt.Sprintf("/proc/%d/cwd", b.PID)); err != nil || len(names) < 20 { // a /proc still
		t.Errorf("there are %d names, %v", len(names), err)
	}
	if _, err := s.Step(b.Name, ""); err == nil || !strings.Contains(err.Error(), "no root of its own") {
		t.Errorf("a step: %v", err)
	}
}

// insider gives the keeper of a sandbox.
func insider(t testing.TB, s *sandbox.Store, b *sandbox.Sandbox) change.Insider {
	t.Helper()
	who, ok := keepersOf(s, 0)(&nsctl.NamespaceInfo{NS: b.NS, NSID: b.NSID, Kind: nsctl.KindSandbox, Name: b.Name})
	if !ok {
		t.Fatal("there is no keeper")
	}
	return who
}

// Thousands of jobs leave no descriptor and no thread in a keeper, and its root and working
// directory as they were.
func TestNothingLeaksInAKeeper(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true})
	who := insider(t, s, b)
	in := carry.Space{NS: b.NS, ID: b.NSID}
	do := func(op nsctl.Op) carry.Report {
		r, err := who.Do(carry.Job{Op: op, In: in})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	count := func(what string) int {
		names, err := os.ReadDir(fmt.Sprintf("/proc/%d/%s", b.PID, what))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	do(nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/"})
	eventually(t, "closed: the last connection", func() bool { return count("fd") <= 16 })
	fds := count("fd")
	for i := range 2000 {
		op := nsctl.Op{Kind: nsctl.OpMake, Type: []nsctl.PropagationType{nsctl.Shared, nsctl.Private}[i%2], Target: "/"}
		if i%50 == 0 {
			op = nsctl.Op{Kind: nsctl.OpUmount, Target: "/nothing"}
		}
		if r := do(op); (r.Failure == nil) != (i%50 != 0) {
			t.Fatalf("%s: %+v", op, r.Failure)
		}
	}
	eventually(t, "closed: the last connection", func() bool { return count("fd") <= fds })
	if threads := count("task"); threads > 64 {
		t.Errorf("it has %d threads", threads)
	}
	if dir, err := os.ReadDir(fmt.Sprintf("/proc/%d/cwd", b.PID)); err != nil || len(dir) < 20 { // a /proc
		t.Errorf("it is in a directory with %d names, %v", len(dir), err)
	}
}
