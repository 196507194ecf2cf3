package change_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

// randomScene makes up to four namespaces that are connected in some way, some of them of
// another owner.
func randomScene(t *testing.T, host *nstest.NS, random *rand.Rand) *scene {
	t.Helper()
	n0 := bare(t, host)
	if random.IntN(4) > 0 {
		n0.Must(t, nstest.Make("rshared", "/"))
	}
	spaces := []*nstest.NS{n0}
	for range random.IntN(4) {
		from := spaces[random.IntN(len(spaces))]
		var n *nstest.NS
		if random.IntN(8) == 0 {
			n = from.Clone(t, nstest.User())
		} else {
			n = from.Thread(t)
		}
		if how := []string{"", "", "rslave", "rprivate", "rshared"}[random.IntN(5)]; how != "" {
			n.Must(t, nstest.Make(how, "/"))
		}
		spaces = append(spaces, n)
	}
	return newScene(t, change.Options{Journal: t.TempDir()}, spaces...)
}

// generator makes up operations for a host as it is.
type generator struct {
	random *rand.Rand
	now    *nsctl.Snapshot
}

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

func pick[T any](g *generator, list ...T) T { return list[g.random.IntN(len(list))] }

const crowded = 120

func (g *generator) next(now *nsctl.Snapshot) (ns int, op nsctl.Op) {
	g.now = now
	ns = g.random.IntN(len(now.Namespaces))
	count := 0
	for i := range now.Namespaces {
		count += len(now.Namespaces[i].Mounts)
	}
	n := g.random.IntN(100)
	if count > crowded {
		n = 40 + n*6/10
	}
	switch {
	case n < 18:
		op = nsctl.Op{Kind: nsctl.OpMount, FSType: pick(g, "tmpfs", "tmpfs", "ramfs"), Source: pick(g, "t", "new"), Target: g.place(ns)}
		g.maybeBeneath(ns, &op)
	case n < 40:
		op = nsctl.Op{Kind: nsctl.OpBind, Recursive: g.chance(35), Source: g.place(ns), Target: g.place(ns)}
		if from := g.random.IntN(len(now.Namespaces)); g.chance(20) {
			op.FromNS, op.Source = fmt.Sprintf("n%d", from), g.place(from)
		}
		g.maybeBeneath(ns, &op)
	case n < 68:
		op = nsctl.Op{Kind: nsctl.OpMake, Recursive: g.chance(25), Target: g.mounted(ns), Type: pick(g,
			nsctl.Shared, nsctl.Shared, nsctl.Slave, nsctl.Slave, nsctl.Private, nsctl.Private, nsctl.Unbindable)}
	case n < 75:
		op = nsctl.Op{Kind: nsctl.OpUmount, Lazy: g.chance(50), Target: g.spare(ns)}
	case n < 86:
		op = nsctl.Op{Kind: nsctl.OpMove, Source: g.mounted(ns), Target: g.place(ns)}
		g.maybeBeneath(ns, &op)
	case n < 89:
		root := g.mounted(ns)
		op = nsctl.Op{Kind: nsctl.OpPivotRoot, Source: root, Target: graph.Join(root, g.below())}
	default:
		ns, op = g.rejoin(ns)
	}
	if op.Target == "/" && op.Kind != nsctl.OpMake && op.Kind != nsctl.OpRejoin && !g.chance(5) || op.Kind == nsctl.OpUmount && op.Target == "/" {
		op.Target = "/a" // what covers the root leaves nothing to be reached
	}
	return ns, op
}

// maybeBeneath lets an operation put what it mounts beneath what is at a mount point.
func (g *generator) maybeBeneath(ns int, op *nsctl.Op) {
	if g.chance(10) {
		op.Beneath, op.Target = true, g.mounted(ns)
	}
}

// rejoin makes up a rejoin, mostly of a mount that may join the other one.
func (g *generator) rejoin(ns int) (int, nsctl.Op) {
	to := g.random.IntN(len(g.now.Namespaces))
	op := nsctl.Op{Kind: nsctl.OpRejoin, Slave: g.chance(40), ToNS: fmt.Sprintf("n%d", to), To: g.mounted(to), Target: g.mounted(ns)}
	for range 60 {
		at, with := g.random.IntN(len(g.now.Namespaces)), g.random.IntN(len(g.now.Namespaces))
		target, other := pick(g, g.now.Namespaces[at].Mounts...), pick(g, g.now.Namespaces[with].Mounts...)
		_, shows := graph.Below(other.Root, target.Root)
		if target.Dev == other.Dev && shows && target.Propagation.Type() == nsctl.Private && (other.Propagation.Shared != 0 || other.Propagation.Master != 0) {
			op.ToNS, op.To, op.Target = fmt.Sprintf("n%d", with), other.Mountpoint, target.Mountpoint
			return at, op
		}
	}
	return ns, op
}

func (g *generator) mounted(ns int) string {
	mounts := g.now.Namespaces[ns].Mounts
	return mounts[g.random.IntN(len(mounts))].Mountpoint
}

// spare gives a mount point, mostly of a filesystem that is mounted elsewhere, too.
func (g *generator) spare(ns int) string {
	mounts := g.now.Namespaces[ns].Mounts
	for range 20 {
		m := &mounts[g.random.IntN(len(mounts))]
		for i := range mounts {
			if mounts[i].Dev == m.Dev && mounts[i].MntID != m.MntID && mounts[i].HiddenBy == 0 {
				return m.Mountpoint
			}
		}
	}
	return g.mounted(ns)
}

func (g *generator) below() string { return pick(g, "/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b") }

func (g *generator) place(ns int) string {
	if g.chance(30) {
		return g.mounted(ns)
	}
	return graph.Join(g.mounted(ns), g.below())
}
