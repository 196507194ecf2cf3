package predict_test

import (
	"fmt"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// operations turns bytes into operations on few places, so that they meet.
func operations(data []byte) []nsctl.Op {
	paths := []string{"/", "/a", "/a/b", "/a/b/c", "/b", "/a-b", "/a/../b", "a", ".", "/c"}
	types := []nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable}
	var ops []nsctl.Op
	for len(data) >= 4 {
		how := data[3]
		ops = append(ops, nsctl.Op{
			Kind:   nsctl.OpKind(data[0]%9) + nsctl.OpMount, // one of them is none
			Source: paths[int(data[1])%len(paths)], Target: paths[int(data[2])%len(paths)],
			FSType:    []string{"tmpfs", "proc", "sysfs", "ext4"}[how&3],
			Recursive: how&4 != 0, Beneath: how&8 != 0 && how&16 != 0, Lazy: how&16 != 0,
			Type: types[how>>5&3], User: how&4 != 0, Then: nsctl.UnsharePropagation(how >> 5 & 3),
			ToNS: fmt.Sprint(int(data[0]>>6) + 1), To: paths[int(data[1])%len(paths)], Slave: how&128 != 0,
		})
		data = data[4:]
	}
	return ops
}

// beginning is a host of two namespaces, the second less privileged and a slave of the
// first, and a chain of slaves in the first.
func beginning() *nsctl.Snapshot {
	s := &nsctl.Snapshot{Host: nsctl.Host{Kernel: "6.18.44", MountMax: 300}}
	for ns, lines := range [][]nsctl.Mount{
		{
			{MntID: 10, ParentID: 1, Root: "/", Mountpoint: "/", Propagation: nsctl.Propagation{Shared: 1}},
			{MntID: 11, ParentID: 10, Root: "/", Mountpoint: "/a", Dev: nsctl.Dev{Minor: 2}, Propagation: nsctl.Propagation{Shared: 2}},
			{MntID: 12, ParentID: 10, Root: "/b", Mountpoint: "/b", Dev: nsctl.Dev{Minor: 2}, Propagation: nsctl.Propagation{Shared: 3, Master: 2}},
			{MntID: 13, ParentID: 10, Root: "/", Mountpoint: "/c", Dev: nsctl.Dev{Minor: 2}, Propagation: nsctl.Propagation{Master: 3}},
			{MntID: 14, ParentID: 11, Root: "/", Mountpoint: "/a/b", Dev: nsctl.Dev{Minor: 3}, Propagation: nsctl.Propagation{Unbindable: true}},
		},
		{
			{MntID: 20, ParentID: 2, Root: "/", Mountpoint: "/", Propagation: nsctl.Propagation{Master: 1}},
			{MntID: 21, ParentID: 20, Root: "/", Mountpoint: "/a", Dev: nsctl.Dev{Minor: 2}, Propagation: nsctl.Propagation{Master: 2}},
			{MntID: 22, ParentID: 20, Root: "/b", Mountpoint: "/b", Dev: nsctl.Dev{Minor: 2}, Propagation: nsctl.Propagation{Shared: 4, Master: 3}},
		},
	} {
		n := nsctl.Namespace{Mounts: lines}
		n.NS, n.OwnerUserNS = nsctl.NSNumber(ns+1), nsctl.UserNSNumber(4026531837+ns)
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

// No sequence of operations on a valid snapshot panics, loops, or leads to a snapshot
// that is not valid, or to effects that do not lead there.
func FuzzSequences(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1, 0, 1, 1, 4, 4, 5, 0, 0, 0x60, 3, 1, 2, 0x30, 4, 0, 2, 16, 6, 1, 2, 0})
	f.Add([]byte("0123abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := beginning()
		for i, op := range operations(data[:min(len(data), 160)]) {
			if op.Kind == nsctl.OpUnshare && len(s.Namespaces) > 3 {
				continue // each makes the host larger by all that one holds
			}
			p, err := predict.New(graph.New(s)).Predict(op, predict.Caller{NS: i % len(s.Namespaces)})
			if err != nil {
				continue // all of the namespace is gone
			}
			after := p.After()
			checkValid(t, after, op)
			checkEffects(t, s, &p.Outcome, after)
			s = after
		}
	})
}

// checkValid checks what is true of every host.
func checkValid(t *testing.T, s *nsctl.Snapshot, op nsctl.Op) {
	t.Helper()
	ids := map[nsctl.MountID]bool{}
	masters := map[nsctl.GroupID]nsctl.GroupID{}
	for i := range s.Namespaces {
		for _, m := range s.Namespaces[i].Mounts {
			if ids[m.MntID] {
				t.Fatalf("after %s: mount %d is there twice", op, m.MntID)
			}
			ids[m.MntID] = true
			if g := m.Propagation.Shared; g != 0 {
				if master, ok := masters[g]; ok && master != m.Propagation.Master {
					t.Fatalf("after %s: members of shared:%d have masters %d and %d", op, g, master, m.Propagation.Master)
				}
				masters[g] = m.Propagation.Master
			}
			if m.Propagation.Shared != 0 && m.Propagation.Unbindable {
				t.Fatalf("after %s: mount %d is shared and unbindable", op, m.MntID)
			}
		}
	}
	g := graph.New(s)
	for i := range s.Namespaces {
		places := map[string]bool{}
		for j := range s.Namespaces[i].Mounts {
			m := &s.Namespaces[i].Mounts[j]
			if m.Propagation.Master != 0 {
				if _, ok := masters[m.Propagation.Master]; !ok {
					t.Fatalf("after %s: mount %d has master:%d, which has no member", op, m.MntID, m.Propagation.Master)
				}
			}
			at := fmt.Sprint(m.ParentID, m.Mountpoint)
			if places[at] {
				t.Fatalf("after %s: two mounts in mount %d at %s", op, m.ParentID, m.Mountpoint)
			}
			places[at] = true
			parent, ok := g.Parent(graph.Ref{NS: i, Mount: j})
			if !ok {
				if m.Mountpoint != "/" {
					t.Fatalf("after %s: mount %d at %s has no parent", op, m.MntID, m.Mountpoint)
				}
				continue
			}
			if _, ok := graph.Below(g.Mount(parent).Mountpoint, m.Mountpoint); !ok {
				t.Fatalf("after %s: mount %d at %s is in one at %s", op, m.MntID, m.Mountpoint, g.Mount(parent).Mountpoint)
			}
		}
	}
	for top := range masters {
		for steps, at := 0, top; at != 0; at = masters[at] {
			if steps++; steps > len(masters) {
				t.Fatalf("after %s: the masters of shared:%d form a loop", op, top)
			}
		}
	}
}

func checkEffects(t *testing.T, before *nsctl.Snapshot, o *nsctl.Outcome, after *nsctl.Snapshot) {
	t.Helper()
	if wrong := wrongEffects(before, o, after); wrong != "" {
		t.Fatal(wrong)
	}
}

// wrongEffects makes the changes that the effects tell, and says where they lead elsewhere.
func wrongEffects(before *nsctl.Snapshot, o *nsctl.Outcome, after *nsctl.Snapshot) string {
	type state struct {
		space, parent int
		rest          string
		p             nsctl.Propagation
		super         string
	}
	read := func(s *nsctl.Snapshot) map[nsctl.MountID]state {
		states := map[nsctl.MountID]state{}
		g := graph.New(s)
		for i := range s.Namespaces {
			for j := range s.Namespaces[i].Mounts {
				m := &s.Namespaces[i].Mounts[j]
				st := state{i, int(m.ParentID), m.Mountpoint, m.Propagation, m.SuperOptions}
				st.p.PropagateFrom = 0
				if parent, ok := g.Parent(graph.Ref{NS: i, Mount: j}); ok {
					st.rest, _ = graph.Below(g.Mount(parent).Mountpoint, m.Mountpoint)
				}
				states[m.MntID] = st
			}
		}
		return states
	}
	got, want := read(before), read(after)
	mountpoint := map[nsctl.MountID]string{}
	for i := range after.Namespaces {
		for j := range after.Namespaces[i].Mounts {
			m := &after.Namespaces[i].Mounts[j]
			mountpoint[m.MntID] = m.Mountpoint
		}
	}
	for _, e := range o.Effects {
		id := e.Mount.MntID
		if e.Kind == nsctl.EffectUmount {
			delete(got, id)
			continue
		}
		st, there := got[id]
		if there == (e.Kind == nsctl.EffectMount) {
			return fmt.Sprintf("%s: effect %s on mount %d, which was there: %v", o.Op, e.Kind, id, there)
		}
		st.space, st.parent, st.p, st.super = e.Space, int(e.Mount.ParentID), e.Mount.Propagation, e.Mount.SuperOptions
		st.p.PropagateFrom = 0
		st.rest = want[id].rest // paths are compared below
		if e.Mount.Mountpoint != mountpoint[id] {
			return fmt.Sprintf("%s: effect %s says %s, and it will be at %s", o.Op, e.Kind, e.Mount.Mountpoint, mountpoint[id])
		}
		if there && st == got[id] && e.Kind != nsctl.EffectMove {
			return fmt.Sprintf("%s: effect %s on mount %d changes nothing", o.Op, e.Kind, id)
		}
		got[id] = st
	}
	if !o.OK && len(o.Effects) > 0 || len(got) != len(want) {
		return fmt.Sprintf("%s: the effects lead to %d mounts, there will be %d", o.Op, len(got), len(want))
	}
	for id, st := range want {
		if got[id] != st {
			return fmt.Sprintf("%s: the effects lead to %+v for mount %d, it will be %+v", o.Op, got[id], id, st)
		}
	}
	return ""
}

// A forged or torn snapshot may give a wrong prediction, but never a crash or a loop.
func FuzzForged(f *testing.F) {
	f.Add([]byte("\x02\x01\x00\x01\x01\x02\x00\x00\x02\x01\x02\x02\x03\x02\x01"), []byte{0, 0, 1, 0})
	f.Fuzz(func(_ *testing.T, tables, ops []byte) {
		s := forged(tables[:min(len(tables), 300)])
		if len(s.Namespaces) == 0 {
			return
		}
		h := predict.New(graph.New(s))
		for i, op := range operations(ops[:min(len(ops), 40)]) {
			if p, err := h.Predict(op, predict.Caller{NS: i % len(s.Namespaces), Cwd: "/a"}); err == nil {
				p.After()
			}
		}
	})
}

// forged makes a snapshot of any bytes, with loops, ids that occur twice and groups whose
// members name different masters.
func forged(data []byte) *nsctl.Snapshot {
	paths := []string{"", "/", "/a", "/a/b", "/ab", "/a//deleted", "/../a", "net:[1]", "mnt:[2]", "/a/b/c\xff\n", "/b"}
	s := &nsctl.Snapshot{}
	for len(data) > 0 {
		ns := nsctl.Namespace{}
		ns.NS, ns.OwnerUserNS = nsctl.NSNumber(data[0]%5), nsctl.UserNSNumber(data[0]%3)
		count := min(int(data[0]%16), (len(data)-1)/7)
		data = data[1:]
		for range count {
			ns.Mounts = append(ns.Mounts, nsctl.Mount{
				MntID: nsctl.MountID(data[0] % 20), ParentID: nsctl.MountID(data[1] % 20),
				Root: paths[int(data[2])%len(paths)], Mountpoint: paths[int(data[3])%len(paths)],
				Dev: nsctl.Dev{Minor: uint32(data[6] >> 6)}, Locked: nsctl.LockState(data[6] >> 2 % 3),
				Propagation: nsctl.Propagation{Shared: nsctl.GroupID(data[4] % 8), Master: nsctl.GroupID(data[5] % 8), Unbindable: data[6]&1 != 0},
			})
			data = data[7:]
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	return s
}
