package graph_test

import (
	"fmt"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

const mountsEach = 122

// wide is a host with many namespaces, all mounts of which are private.
func wide(namespaces int) *nsctl.Snapshot {
	return crowd(namespaces, func(int, int) nsctl.Propagation { return nsctl.Propagation{} })
}

// slaveHeavy is a host on which each mount has a peer group in half of the
// namespaces, and slaves of it in the other half.
func slaveHeavy(namespaces int) *nsctl.Snapshot {
	return crowd(namespaces, func(ns, mount int) nsctl.Propagation {
		if ns%2 == 0 {
			return nsctl.Propagation{Shared: nsctl.GroupID(mount + 1)}
		}
		return nsctl.Propagation{Master: nsctl.GroupID(mount + 1)}
	})
}

// deepChains is a host on which each namespace receives from the one before it, and
// has of every tenth mount a slave whose immediate master it cannot see.
func deepChains(namespaces int) *nsctl.Snapshot {
	return crowd(namespaces, func(ns, mount int) nsctl.Propagation {
		own := nsctl.GroupID(ns*mountsEach + mount + 1)
		switch {
		case ns == 0:
			return nsctl.Propagation{Shared: own}
		case mount%10 == 9:
			return nsctl.Propagation{Master: own - 1 - mountsEach}
		}
		return nsctl.Propagation{Shared: own, Master: own - mountsEach}
	})
}

func crowd(namespaces int, propagation func(ns, mount int) nsctl.Propagation) *nsctl.Snapshot {
	s := &nsctl.Snapshot{}
	id := nsctl.MountID(1)
	for i := range namespaces {
		ns := nsctl.Namespace{}
		ns.NS = nsctl.NSNumber(i + 1)
		root := id
		for j := range mountsEach {
			m := nsctl.Mount{MntID: id, ParentID: root, Root: "/", Propagation: propagation(i, j)}
			m.Mountpoint = fmt.Sprintf("/var/lib/containers/storage/%d/%03d", j%7, j)
			if j == 0 {
				m.ParentID, m.Mountpoint = 0, "/"
			}
			ns.Mounts = append(ns.Mounts, m)
			id++
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	return s
}

var hosts = []struct {
	name     string
	snapshot func() *nsctl.Snapshot
}{
	{"1000 private", func() *nsctl.Snapshot { return wide(1000) }},
	{"400 half slaves", func() *nsctl.Snapshot { return slaveHeavy(400) }},
	{"1000 half slaves", func() *nsctl.Snapshot { return slaveHeavy(1000) }},
	{"1000 in a chain", func() *nsctl.Snapshot { return deepChains(1000) }},
}

func onHosts(b *testing.B, run func(b *testing.B, s *nsctl.Snapshot)) {
	for _, host := range hosts {
		b.Run(host.name, func(b *testing.B) {
			s := host.snapshot()
			b.ReportAllocs()
			b.ResetTimer()
			run(b, s)
		})
	}
}

func BenchmarkNew(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		for b.Loop() {
			graph.New(s)
		}
	})
}

func BenchmarkForest(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		g := graph.New(s)
		for b.Loop() {
			g.Forest()
		}
	})
}

func BenchmarkPropagateFrom(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		all := make([]int, len(s.Namespaces))
		for i := range all {
			all[i] = i
		}
		for b.Loop() {
			graph.PropagateFrom(s, all)
		}
	})
}

func BenchmarkHiddenBy(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		for b.Loop() {
			for i := range s.Namespaces {
				graph.HiddenBy(s.Namespaces[i].Mounts)
			}
		}
	})
}

func BenchmarkReceivers(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		g := graph.New(s)
		for b.Loop() {
			g.Receivers(graph.Ref{Mount: 1})
		}
	})
}

func BenchmarkFind(b *testing.B) {
	onHosts(b, func(b *testing.B, s *nsctl.Snapshot) {
		g := graph.New(s)
		last := s.Namespaces[len(s.Namespaces)-1].Mounts[mountsEach-1].MntID
		for b.Loop() {
			g.Find(last)
		}
	})
}

// A single directory with very many mounts, as they may come in a forged snapshot.
func BenchmarkHiddenBySiblings(b *testing.B) {
	mounts := []nsctl.Mount{{MntID: 1, Mountpoint: "/"}}
	for i := range 100_000 {
		mounts = append(mounts, nsctl.Mount{MntID: nsctl.MountID(i + 2), ParentID: 1, Mountpoint: fmt.Sprintf("/srv/volumes/%x", i*7919%100_003)})
	}
	for b.Loop() {
		graph.HiddenBy(mounts)
	}
}
