package predict_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/predict"
)

// These tests ask why in namespaces with mounts at random, and then make the mount and
// see what the running kernel does.

// garden is a host, copies of its namespace, and copies of these.
type garden struct {
	random *rand.Rand
	spaces []*nstest.NS
	users  []int // the user namespaces that own them, by any numbers
}

// beds are directories that are mounted on.
var beds = []string{
	nstest.Scratch + "/a", nstest.Scratch + "/a/b", nstest.Scratch + "/a/b/c", nstest.Scratch + "/ab",
	nstest.Scratch + "/d", nstest.Scratch + "/d/e", nstest.Scratch + "/d/e/a",
}

func newGarden(t *testing.T, seed uint64) *garden {
	t.Helper()
	host := nstest.Host(t)
	for _, dir := range beds {
		host.Must(t, nstest.Mkdir(dir))
	}
	a, d := nstest.Scratch+"/a", nstest.Scratch+"/d"
	host.Must(t, nstest.Bind(a, d), nstest.Make("slave", d), nstest.Make("shared", d))
	slave := host.Clone(t, nstest.Propagation("rslave"))
	shared := slave.Clone(t, nstest.Propagation("rshared"))
	apart := host.Clone(t, nstest.Propagation("rprivate"))
	g := &garden{
		random: rand.New(rand.NewPCG(seed, 7)), users: []int{1, 1, 1, 1, 1, 2, 1},
		spaces: []*nstest.NS{host, slave, shared, shared.Clone(t, nstest.Propagation("rslave")), apart, host.Clone(t, nstest.User())},
	}
	apart.Must(t, nstest.Make("rshared", d)) // a chain that begins anew
	g.spaces = append(g.spaces, apart.Clone(t, nstest.Propagation("rslave")))
	return g
}

func (g *garden) place() string { return beds[g.random.IntN(len(beds))] }

// change does something n times. What the kernel refuses is as good.
func (g *garden) change(n int) {
	types := []string{"shared", "rshared", "slave", "private", "unbindable"}
	for range n {
		op := nstest.Op{}
		switch g.random.IntN(7) {
		case 0, 1:
			op = nstest.Tmpfs(g.place())
		case 2:
			op = nstest.Bind(g.place(), g.place())
		case 3, 4:
			op = nstest.Make(types[g.random.IntN(len(types))], g.place())
		case 5:
			op = nstest.Umount(g.place())
		case 6:
			op = nstest.Mkdir(g.place())
		}
		_ = g.spaces[g.random.IntN(len(g.spaces))].Do(op)
	}
}

func (g *garden) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s := &nsctl.Snapshot{}
	for i, ns := range g.spaces {
		n := nsctl.Namespace{Mounts: ns.Mounts(t)}
		n.NS, n.Name, n.OwnerUserNS = ns.NS(), fmt.Sprint("n", i), nsctl.UserNSNumber(g.users[i])
		n.Processes = []nsctl.Process{{PID: ns.PID()}}
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

// tally counts what was compared.
type tally struct {
	verdicts map[nsctl.WhyVerdict]int
	cuts     map[nsctl.WhyCutKind]int
	mended   map[nsctl.WhyCutKind]int
}

func TestWhyLikeTheKernel(t *testing.T) {
	n := tally{map[nsctl.WhyVerdict]int{}, map[nsctl.WhyCutKind]int{}, map[nsctl.WhyCutKind]int{}}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := newGarden(t, seed)
			for range 8 {
				g.change(4)
				for range 4 {
					g.ask(t, &n)
				}
				if t.Failed() || len(g.snapshot(t).Namespaces[0].Mounts) > 300 { // binds of shared mounts double
					return
				}
			}
		})
	}
	for _, verdict := range []nsctl.WhyVerdict{nsctl.WhyAppears, nsctl.WhyHidden, nsctl.WhyAbsent} {
		if n.verdicts[verdict] == 0 {
			t.Errorf("the answer was never %s: the scenes test less than they should", verdict)
		}
	}
	t.Logf("answers %v, cuts %v, mended %v", n.verdicts, n.cuts, n.mended)
}

// ask asks about a new mount somewhere, and counts.
func (g *garden) ask(t *testing.T, n *tally) {
	t.Helper()
	from, to, at := g.random.IntN(len(g.spaces)), g.random.IntN(len(g.spaces)), g.place()
	if _, err := os.Stat(g.spaces[from].Path(at)); err != nil {
		return
	}
	a, again := g.mend(t, from, to, at)
	n.verdicts[a.Verdict]++
	if a.Cut != nil {
		n.cuts[a.Cut.Kind]++
	}
	if again != nil && again.Verdict == nsctl.WhyAppears {
		n.mended[a.Cut.Kind]++
	}
}

// mend asks about a new mount, takes the steps of the answer, if commands can mend it, and
// asks again. Each time the mount is made and taken away.
func (g *garden) mend(t *testing.T, from, to int, at string) (a, again *nsctl.WhyAnswer) {
	t.Helper()
	a = g.compare(t, from, to, at)
	if len(a.Mend) == 0 || slices.ContainsFunc(a.Mend, func(s nsctl.WhyStep) bool { return s.Op == "" }) {
		return a, nil
	}
	for _, step := range a.Mend {
		if err := g.do(t, step); err != nil {
			t.Errorf("%s To mend it, in n%d %s: %v\n%s", a.Text, step.Space, step.Op, err, summary(graph.New(g.snapshot(t)), a))
			return a, nil
		}
	}
	if _, err := os.Stat(g.spaces[from].Path(at)); err != nil {
		return a, nil // what was unmounted held the directory
	}
	again = g.compare(t, from, to, at)
	// What was hidden by one mount may be hidden by another one still.
	if again.Verdict == nsctl.WhyAbsent || again.Verdict == a.Verdict && again.Cut.Text == a.Cut.Text {
		t.Errorf("mended, and still: %s\n%s\nbefore:\n%s", again.Text,
			summary(graph.New(g.snapshot(t)), again), summary(graph.New(g.snapshot(t)), a))
	}
	return a, again
}

// why asks in the namespaces as they are.
func (g *garden) why(t *testing.T, from, to int, at string) *nsctl.Why {
	t.Helper()
	now := graph.New(g.snapshot(t))
	return predict.Why(now, placeOf(t, now, from, at), to)
}

// do takes a step of a mend.
func (g *garden) do(t *testing.T, step nsctl.WhyStep) error {
	t.Helper()
	op, err := nsctl.ParseOpLine(step.Op)
	if err != nil {
		t.Fatal(err)
	}
	// From the host, whose user has all privileges over the other namespaces.
	host, outside := g.spaces[0], func(space int, name string) string {
		return path.Join(g.spaces[space].Proc("root"), name) + "/."
	}
	switch op.Kind {
	case nsctl.OpMake:
		return host.Do(nstest.Make(op.Type.String(), outside(step.Space, op.Target)))
	case nsctl.OpUmount:
		return g.spaces[step.Space].Do(nstest.Umount(op.Target))
	case nsctl.OpRejoin:
		with := slices.IndexFunc(g.spaces, func(ns *nstest.NS) bool { return fmt.Sprint(int64(ns.NS())) == op.ToNS })
		to := outside(step.Space, op.Target)
		steps := []nstest.Op{nstest.MoveMount(outside(with, op.To), to, sys.MoveMountSetGroup)}
		if op.Slave {
			steps = append(steps, nstest.Make("slave", to))
		}
		return host.Do(steps...)
	case nsctl.OpBind: // beneath itself: mount(2) cannot, so the copy comes from where nothing is sent
		aside := nstest.Scratch + "/aside"
		return g.spaces[step.Space].Do(
			nstest.Tmpfs(aside), nstest.Make("private", aside), nstest.Bind(op.Source, aside+"/copy"),
			nstest.MoveMount(aside+"/copy", op.Target, sys.MoveMountBeneath),
		)
	}
	t.Fatalf("%s is no step of a mend", step.Op)
	return nil
}

// compare asks, makes the mount, compares, asks about the mount that is there now, and
// takes it away again. It gives the first answer.
func (g *garden) compare(t *testing.T, from, to int, at string) *nsctl.WhyAnswer {
	t.Helper()
	before := graph.New(g.snapshot(t))
	why := predict.Why(before, placeOf(t, before, from, at), to)
	a := &why.WhyAnswer
	if why.OnTop != nil {
		a = why.OnTop
	}
	g.spaces[from].Must(t, nstest.Mount("none", at, "tmpfs", 0, ""))
	after := graph.New(g.snapshot(t))
	got, ids := appeared(before, after, to)
	if want := expected(a); a.Verdict != nsctl.WhyUnsure && !slices.Equal(got, want) {
		t.Errorf("a mount at %s of n%d appeared in n%d at\n%q\nexpected at\n%q\n%s%s", at, from, to, got, want, a.Text, summary(before, a))
	}
	// A private mount may be hidden as soon as it is made: then it is no mount at the path.
	if p := placeOf(t, after, from, at); p.Rest == "" && isNew(before, after, p.Mount) {
		there := predict.Why(after, p, to)
		if known := idsOf(&there.WhyAnswer); !slices.Equal(known, ids) {
			t.Errorf("the mount at %s of n%d is in n%d as\n%v\nfound\n%v\n%s", at, from, to, ids, known, there.Text)
		}
	}
	_ = g.spaces[from].Do(nstest.Detach(at)) // it may have covered the way to itself
	return a
}

func isNew(before, after *graph.Graph, r graph.Ref) bool {
	_, old := before.Lookup(r.NS, after.Mount(r).MntID)
	return !old
}

// appeared gives the mounts of a namespace that are new: where, in which mount, and by
// which hidden; and their ids.
func appeared(before, after *graph.Graph, ns int) (places []string, ids []nsctl.MountID) {
	mounts := after.Namespace(ns).Mounts
	hidden := graph.HiddenBy(mounts)
	for i, m := range mounts {
		if isNew(before, after, graph.Ref{NS: ns, Mount: i}) {
			places = append(places, spotText(m.Mountpoint, m.ParentID, hidden[i]))
			ids = append(ids, m.MntID)
		}
	}
	slices.Sort(places)
	slices.Sort(ids)
	return places, ids
}

func expected(a *nsctl.WhyAnswer) (places []string) {
	for _, at := range a.At {
		places = append(places, spotText(at.Mountpoint, at.In, at.HiddenBy))
	}
	slices.Sort(places)
	return places
}

func idsOf(a *nsctl.WhyAnswer) (ids []nsctl.MountID) {
	for _, at := range a.At {
		ids = append(ids, at.MntID)
	}
	slices.Sort(ids)
	return ids
}

func spotText(at string, in, hiddenBy nsctl.MountID) string {
	return strings.TrimSuffix(fmt.Sprintf("%s in %d hidden by %d", at, in, hiddenBy), " hidden by 0")
}
