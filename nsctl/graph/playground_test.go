package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// playground is a host with copies of its namespace.
type playground struct {
	random *rand.Rand
	spaces []*nstest.NS
}

func newPlayground(t *testing.T, seed uint64) *playground {
	t.Helper()
	host := nstest.Host(t)
	p := &playground{random: rand.New(rand.NewPCG(seed, 0))}
	for _, dir := range places {
		host.Must(t, nstest.Mkdir(dir))
	}
	// A chain of masters, to begin with: a -> d -> ab.
	a, d, ab := nstest.Scratch+"/a", nstest.Scratch+"/d", nstest.Scratch+"/ab"
	host.Must(t,
		nstest.Bind(a, a), nstest.Bind(a, d), nstest.Make("slave", d), nstest.Make("shared", d),
		nstest.Bind(d, ab), nstest.Make("slave", ab),
	)
	peer := host.Clone(t)
	slave := peer.Clone(t, nstest.Propagation("rslave"))
	shared := slave.Clone(t, nstest.Propagation("rshared"))
	p.spaces = []*nstest.NS{host, peer, slave, shared, shared.Clone(t, nstest.Propagation("rslave"))}
	// In some namespaces the middle of the chain is missing.
	for _, ns := range []*nstest.NS{peer, shared} {
		ns.Must(t, nstest.Make("private", d))
	}
	return p
}

// places are directories that are mounted on, some inside others and some with
// names that only begin alike.
var places = []string{
	nstest.Scratch, nstest.Scratch + "/a", nstest.Scratch + "/a/b", nstest.Scratch + "/a/b/c", nstest.Scratch + "/ab",
	nstest.Scratch + "/a-b", nstest.Scratch + "/d", nstest.Scratch + "/d/e", nstest.Scratch + "/d/e/a",
}

// change does something n times, somewhere. Much of it is refused by the kernel,
// which is as good.
func (p *playground) change(n int) {
	place := func() string { return places[p.random.IntN(len(places))] }
	types := []string{"shared", "rshared", "slave", "slave", "rslave", "private", "unbindable", "shared"}
	for range n {
		ns := p.spaces[p.random.IntN(len(p.spaces))]
		var op nstest.Op
		switch p.random.IntN(9) {
		case 0:
			op = nstest.Tmpfs(place())
		case 1, 2:
			op = nstest.Bind(place(), place())
		case 3, 4:
			op = nstest.Make(types[p.random.IntN(len(types))], place())
		case 5:
			op = nstest.Mkdir(place())
		case 6:
			op = nstest.Move(place(), place())
		case 7:
			op = nstest.MoveMount(place(), place(), sys.MoveMountBeneath)
		case 8:
			op = nstest.Umount(place())
		}
		_ = ns.Do(op)
	}
}

// snapshot reads every namespace with the reader of the tests.
func (p *playground) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s := &nsctl.Snapshot{}
	for i, ns := range p.spaces {
		n := nsctl.Namespace{Mounts: ns.Mounts(t)}
		n.NS, n.Name = ns.NS(), fmt.Sprint("n", i)
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

func (p *playground) size(t *testing.T) int {
	t.Helper()
	total := 0
	for _, ns := range p.snapshot(t).Namespaces {
		total += len(ns.Mounts)
	}
	return total
}

// rounds changes a playground step by step, and has it checked after each.
func rounds(t *testing.T, check func(t *testing.T, p *playground)) {
	t.Helper()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newPlayground(t, seed)
			for range 8 {
				p.change(5)
				check(t, p)
				if t.Failed() || p.size(t) > 800 { // binds of shared mounts on themselves double
					return
				}
			}
		})
	}
}
