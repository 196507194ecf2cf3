package predict_test

import (
	"math/rand/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// generator makes up one step after the other, each for the scene as it is then, so that
// most of them are about something that is there. The same seed gives the same steps
// as long as the kernel does the same.
type generator struct {
	random *rand.Rand
	scene  *bareScene
	now    *nsctl.Snapshot
	files  bool // there are files of namespaces to be mounted
}

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

func pick[T any](g *generator, list ...T) T { return list[g.random.IntN(len(list))] }

// next gives a step for the scene as it is now.
func (g *generator) next(now *nsctl.Snapshot) step {
	g.now = now
	ns := g.random.IntN(len(now.Namespaces))
	s := step{ns: nameOf(ns)}
	if s.op = g.op(ns); s.op.Kind == nsctl.OpUnshare {
		s.makes = nameOf(len(now.Namespaces))
	}
	return s
}

// crowded is when more is taken away than made.
const crowded = mountsLimit / 2

func (g *generator) op(ns int) nsctl.Op {
	if mountsIn(g.now) > crowded && g.chance(40) {
		return nsctl.Op{Kind: nsctl.OpUmount, Lazy: g.chance(70), Target: g.mounted(ns)}
	}
	switch n := g.random.IntN(100); {
	case n < 13:
		return g.mount(ns)
	case n < 30:
		return g.bind(ns)
	case n < 42:
		return g.move(ns)
	case n < 66:
		return g.makeType(ns)
	case n < 82:
		return nsctl.Op{Kind: nsctl.OpUmount, Lazy: g.chance(30), Target: g.mounted(ns)}
	case n < 86:
		root := g.movable(ns)
		return nsctl.Op{Kind: nsctl.OpPivotRoot, Source: root, Target: pick(g, root, graph.Join(root, g.below()), g.place(ns))}
	case n < 94:
		return g.rejoin(ns)
	}
	if len(g.now.Namespaces) == maxSpaces {
		return g.makeType(ns)
	}
	return nsctl.Op{Kind: nsctl.OpUnshare, User: g.chance(35), Then: pick(g,
		nsctl.ThenUnchanged, nsctl.ThenUnchanged, nsctl.ThenUnchanged, nsctl.ThenSlave, nsctl.ThenShared, nsctl.ThenPrivate)}
}

func (g *generator) bind(ns int) nsctl.Op {
	if g.files && g.chance(25) {
		return nsctl.Op{Kind: nsctl.OpBind, Source: "/proc/$" + nameOf(g.fileOf(ns)) + "/ns/mnt", Target: graph.Join(g.quiet(ns), "/f")}
	}
	op := nsctl.Op{Kind: nsctl.OpBind, Recursive: g.chance(35), Beneath: g.chance(20), Source: g.place(ns)}
	op.Target = g.target(ns, op.Beneath)
	if g.chance(10) {
		op.Source = op.Target // what is mounted on a directory is that directory
	}
	return op
}

func (g *generator) move(ns int) nsctl.Op {
	op := nsctl.Op{Kind: nsctl.OpMove, Beneath: g.chance(35), Source: g.movable(ns)}
	op.Target = g.target(ns, op.Beneath)
	if op.Beneath && g.chance(30) {
		g.alike(ns, &op)
	}
	return op
}

// alike looks for a mount of the directory that another is mounted on: what is moved beneath
// that might come to lie on top of itself.
func (g *generator) alike(ns int, op *nsctl.Op) {
	for range 40 {
		m, over := g.mount1(ns), g.mount1(ns)
		if m == nil || over == nil || m == over {
			continue
		}
		for i := range g.now.Namespaces[ns].Mounts {
			p := &g.now.Namespaces[ns].Mounts[i]
			rest, ok := graph.Below(p.Mountpoint, over.Mountpoint)
			if ok && p.MntID == over.ParentID && p.Dev == m.Dev && m.Root == graph.Join(p.Root, rest) {
				op.Source, op.Target = m.Mountpoint, over.Mountpoint
				return
			}
		}
	}
}

// target gives a path to mount on. Beneath must be something.
func (g *generator) target(ns int, beneath bool) string {
	if beneath {
		return g.mounted(ns)
	}
	return g.place(ns)
}

func (g *generator) mount(ns int) nsctl.Op {
	op := nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: pick(g, "t", "new"), Beneath: g.chance(15)}
	op.Target = g.target(ns, op.Beneath)
	if op.Beneath {
		return op
	}
	switch n := g.random.IntN(20); {
	case n < 5:
		op.FSType = "ramfs"
	case n < 6:
		op.FSType = pick(g, "proc", "sysfs", "sysfs")
	case n < 7:
		op.Options = pick(g, "ro", "nosuid,nodev", "noexec,noatime,mode=700")
	}
	return op
}

func (g *generator) makeType(ns int) nsctl.Op {
	return nsctl.Op{Kind: nsctl.OpMake, Recursive: g.chance(30), Target: g.mounted(ns), Type: pick(g,
		nsctl.Shared, nsctl.Shared, nsctl.Shared, nsctl.Shared, nsctl.Slave, nsctl.Slave, nsctl.Slave, nsctl.Private, nsctl.Unbindable)}
}

// rejoin mostly finds a mount that is in a group or has a master, and another of the same
// filesystem that is and has not.
func (g *generator) rejoin(ns int) nsctl.Op {
	from := g.random.IntN(len(g.now.Namespaces))
	op := nsctl.Op{Kind: nsctl.OpRejoin, Slave: g.chance(30), ToNS: nameOf(from), To: g.mounted(from), Target: g.mounted(ns)}
	for range 20 {
		source, target := g.mount1(from), g.mount1(ns)
		if source != nil && target != nil && source.Dev == target.Dev && source.Propagation.Type().Receives() && !target.Propagation.Type().Receives() {
			op.To, op.Target = source.Mountpoint, target.Mountpoint
			break
		}
	}
	return op
}

// mount1 gives a mount that is not covered, or nil.
func (g *generator) mount1(ns int) *nsctl.Mount {
	mounts := g.now.Namespaces[ns].Mounts
	for range 20 {
		if len(mounts) == 0 {
			break
		}
		if m := &mounts[g.random.IntN(len(mounts))]; m.HiddenBy == 0 {
			return m
		}
	}
	return nil
}

// mounted gives a mount point, mostly.
func (g *generator) mounted(ns int) string {
	m := g.mount1(ns)
	if m == nil || g.chance(4) {
		return g.place(ns)
	}
	return m.Mountpoint
}

// movable gives a mount point, mostly of a mount whose parent is not shared.
func (g *generator) movable(ns int) string {
	for range 10 {
		m := g.mount1(ns)
		if m == nil {
			break
		}
		for i := range g.now.Namespaces[ns].Mounts {
			if p := &g.now.Namespaces[ns].Mounts[i]; p.MntID == m.ParentID && p.Propagation.Shared == 0 {
				return m.Mountpoint
			}
		}
	}
	return g.mounted(ns)
}

// below gives a path in a filesystem.
func (g *generator) below() string {
	return pick(g, "/a", "/b", "/a", "/b", "/"+pick(g, skeleton...))
}

// place gives a path that something may be mounted on: mostly one that exists, and is a
// directory.
func (g *generator) place(ns int) string {
	m := g.mount1(ns)
	top := "/"
	if m != nil {
		top = m.Mountpoint
	}
	switch n := g.random.IntN(100); {
	case n < 30:
		return top
	case n < 40:
		return g.below()
	case n < 88:
		return graph.Join(top, g.below())
	case n < 96:
		return graph.Join(top, "/f")
	case n < 98:
		return "/"
	}
	return pick(g, "/none", graph.Join(top, "/f/a"), graph.Join(top, "/none/a"))
}

// quiet gives a mount point, mostly of a mount that sends to no other.
func (g *generator) quiet(ns int) string {
	for range 10 {
		if m := g.mount1(ns); m != nil && m.Propagation.Shared == 0 && m.FSType == "tmpfs" {
			return m.Mountpoint
		}
	}
	return g.mounted(ns)
}

// fileOf gives a namespace whose file a process in ns may look at, mostly one that may be
// mounted in ns, too: that it was made later is not enough.
func (g *generator) fileOf(ns int) int {
	own := &g.scene.spaces[ns].info
	for range 10 {
		to := g.random.IntN(len(g.now.Namespaces))
		other := &g.scene.spaces[to].info
		if other.NSID > own.NSID && g.scene.administers(own.OwnerUserNS, other.OwnerUserNS) {
			return to
		}
	}
	return ns
}
