package replay_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/replay"
)

// The model of the kernel knows both: what an operation does to each mount, and what the host
// looks like afterwards. So random operations show whether one leads to the other.

// story is a host and what happened to it, with the truth after each step.
type story struct {
	random *rand.Rand
	events []nsctl.Event
	truth  []*nsctl.Snapshot
}

func (s *story) now() *nsctl.Snapshot { return s.truth[len(s.truth)-1] }

// newStory tells a story of at most so many steps.
func newStory(seed uint64, steps int) *story {
	s := &story{random: rand.New(rand.NewPCG(seed, 0))}
	begin := host(
		[]string{"10 1 / shared:1", "11 10 /a shared:2", "12 10 /b shared:3", "13 10 /c", "14 11 /a/b"},
		[]string{"20 2 / shared:1", "21 20 /a shared:2", "22 20 /b"},
		[]string{"30 3 / shared:4", "31 30 /a", "32 30 /b shared:5"},
	)
	for i := range begin.Namespaces {
		begin.Namespaces[i].OwnerUserNS = 4026531837
		for j := range begin.Namespaces[i].Mounts {
			m := &begin.Namespaces[i].Mounts[j]
			m.Dev.Minor = uint32(len(m.Mountpoint)) // what has the same place is the same filesystem
		}
	}
	begin.Host = nsctl.Host{Kernel: "6.18.44", MountMax: 200}
	third := begin.Namespaces[2].Mounts
	third[0].Propagation.Master = 1 // the third is a slave of the others, and has a slave of its own groups
	third[1].Propagation.Master, third[2].Propagation.Master = 5, 2
	s.events = []nsctl.Event{{Kind: nsctl.EventReady, Snapshot: begin}}
	s.truth = []*nsctl.Snapshot{begin}
	for op := 1; len(s.truth) <= steps && op < 10*steps; op++ { // where all is unmounted, nothing goes any more
		s.step(op)
	}
	for i := range s.events {
		s.events[i].Seq = i
	}
	return s
}

// step does something, if the kernel would do it.
func (s *story) step(op int) {
	before := s.now()
	ns := s.random.IntN(len(before.Namespaces))
	if s.random.IntN(40) == 0 && len(before.Namespaces) > 2 {
		after := *before
		after.Namespaces = nil
		for i, n := range before.Namespaces {
			if i != ns {
				n.Mounts = slices.Clone(n.Mounts)
				after.Namespaces = append(after.Namespaces, n)
			}
		}
		graph.PropagateFrom(&after, positions(&after))
		gone := &before.Namespaces[ns]
		events := []nsctl.Event{{Kind: nsctl.EventNamespaceGone, NS: gone.NS, NSID: gone.NSID}}
		s.add(op, append(events, farther(before, &after, nil)...), &after)
		return
	}
	p, err := predict.New(graph.New(before)).Predict(s.operation(before), predict.Caller{NS: ns})
	if err != nil || !p.OK {
		return
	}
	after := p.After()
	s.add(op, eventsOf(before, &p.Outcome, after), after)
}

// add tells the events in any order; that a namespace was created comes first.
func (s *story) add(op int, events []nsctl.Event, after *nsctl.Snapshot) {
	if len(events) == 0 {
		return
	}
	s.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for i := range events {
		events[i].Op = op
	}
	s.events = append(s.events, events...)
	s.truth = append(s.truth, after)
}

func (s *story) operation(now *nsctl.Snapshot) nsctl.Op {
	path := func() string {
		table := now.Namespaces[s.random.IntN(len(now.Namespaces))].Mounts
		if len(table) == 0 || s.random.IntN(3) == 0 {
			return []string{"/a", "/b", "/c", "/a/b", "/a/b/c", "/a-b"}[s.random.IntN(6)]
		}
		at := table[s.random.IntN(len(table))].Mountpoint
		if s.random.IntN(3) == 0 {
			at = graph.Join(at, []string{"/a", "/b", "/c"}[s.random.IntN(3)])
		}
		return at
	}
	op := nsctl.Op{Source: path(), Target: path(), FSType: "tmpfs", Recursive: s.random.IntN(2) == 0}
	kinds := []nsctl.OpKind{
		nsctl.OpMount, nsctl.OpMount, nsctl.OpBind, nsctl.OpBind, nsctl.OpMove, nsctl.OpMove, nsctl.OpMove,
		nsctl.OpMake, nsctl.OpMake, nsctl.OpUmount, nsctl.OpUmount, nsctl.OpUmount, nsctl.OpPivotRoot, nsctl.OpUnshare,
	}
	op.Kind = kinds[s.random.IntN(len(kinds))]
	switch op.Kind {
	case nsctl.OpMake:
		op.Type = nsctl.PropagationType(s.random.IntN(5))
	case nsctl.OpUmount:
		op.Lazy = s.random.IntN(2) == 0
	case nsctl.OpMove:
		op.Beneath = s.random.IntN(4) == 0
	case nsctl.OpPivotRoot:
		op.Target = graph.Join(op.Source, []string{"", "/a", "/b"}[s.random.IntN(3)])
	case nsctl.OpUnshare:
		if len(now.Namespaces) > 4 {
			op.Kind = nsctl.OpMount
		}
		op.User = op.Recursive
	}
	return op
}

// eventsOf turns a prediction into what a watch would report.
func eventsOf(before *nsctl.Snapshot, o *nsctl.Outcome, after *nsctl.Snapshot) []nsctl.Event {
	var events []nsctl.Event
	for i := len(before.Namespaces); i < len(after.Namespaces); i++ {
		ns := after.Namespaces[i]
		ns.Mounts = withoutCovers(ns.Mounts)
		events = append(events, nsctl.Event{Kind: nsctl.EventNamespaceCreated, NS: ns.NS, Namespace: &ns})
	}
	told := map[nsctl.MountID]bool{}
	for i := range o.Effects {
		f := &o.Effects[i]
		if f.Space >= len(before.Namespaces) {
			continue
		}
		e := nsctl.Event{Kind: nsctl.EventKind(f.Kind), NS: f.NS, Origin: f.Origin, Mount: &f.Mount, Was: f.Was, Via: f.Via}
		if e.Kind != nsctl.EventUmount {
			for _, m := range withoutCovers(after.Namespaces[f.Space].Mounts) {
				if m.MntID == f.Mount.MntID {
					e.Mount = &m // with propagate_from
				}
			}
		}
		told[e.Mount.MntID] = true
		events = append(events, e)
	}
	return append(events, farther(before, after, told)...)
}

// farther tells where propagate_from changed although nothing was done to the mount itself.
func farther(before, after *nsctl.Snapshot, told map[nsctl.MountID]bool) []nsctl.Event {
	was := map[nsctl.MountID]nsctl.Propagation{}
	for _, ns := range before.Namespaces {
		for _, m := range ns.Mounts {
			was[m.MntID] = m.Propagation
		}
	}
	var events []nsctl.Event
	for _, ns := range after.Namespaces {
		for _, m := range withoutCovers(ns.Mounts) {
			if p, ok := was[m.MntID]; ok && !told[m.MntID] && p != m.Propagation {
				events = append(events, nsctl.Event{Kind: nsctl.EventPropagation, NS: ns.NS, Mount: &m, Was: &nsctl.Was{Propagation: p}})
			}
		}
	}
	return events
}

// withoutCovers gives mounts as events have them.
func withoutCovers(mounts []nsctl.Mount) []nsctl.Mount {
	mounts = slices.Clone(mounts)
	for i := range mounts {
		mounts[i].HiddenBy = 0
	}
	return mounts
}

func positions(s *nsctl.Snapshot) []int {
	all := make([]int, len(s.Namespaces))
	for i := range all {
		all[i] = i
	}
	return all
}

// difference says where two hosts differ, apart from the order of their mounts and from what
// no event tells.
func difference(got, want *nsctl.Snapshot) string {
	if len(got.Namespaces) != len(want.Namespaces) {
		return fmt.Sprintf("%d namespaces, want %d", len(got.Namespaces), len(want.Namespaces))
	}
	wanted := map[nsctl.NSNumber]map[nsctl.MountID]nsctl.Mount{}
	for _, ns := range want.Namespaces {
		wanted[ns.NS] = map[nsctl.MountID]nsctl.Mount{}
		for _, m := range ns.Mounts {
			m.Locked = nsctl.LockUnknown
			wanted[ns.NS][m.MntID] = m
		}
	}
	for _, ns := range got.Namespaces {
		if len(ns.Mounts) != len(wanted[ns.NS]) {
			return fmt.Sprintf("%d mounts in %s, want %d", len(ns.Mounts), ns.NS, len(wanted[ns.NS]))
		}
		for _, m := range ns.Mounts {
			m.Locked = nsctl.LockUnknown
			if m != wanted[ns.NS][m.MntID] {
				return fmt.Sprintf("in %s:\n got %+v\nwant %+v", ns.NS, m, wanted[ns.NS][m.MntID])
			}
		}
	}
	return ""
}

const stories, steps = 60, 60

// Apply gets from each state of a story to the next, wherever it came from.
func TestApplyEqualsTheModel(t *testing.T) {
	kinds := map[nsctl.EventKind]int{}
	for seed := range uint64(stories) {
		s := newStory(seed, steps)
		state, events := s.truth[0], s.events[1:]
		for i, want := range s.truth[1:] {
			n := 1
			for n < len(events) && events[n].Op == events[0].Op {
				n++
			}
			for _, e := range events[:n] {
				kinds[e.Kind]++
			}
			got, err := replay.Apply(state, events[:n])
			if err != nil {
				t.Fatalf("story %d, step %d: %v", seed, i+1, err)
			}
			if wrong := difference(got, want); wrong != "" {
				t.Fatalf("story %d, step %d, %d events: %s", seed, i+1, n, wrong)
			}
			state, events = got, events[n:]
		}
	}
	for _, kind := range []nsctl.EventKind{
		nsctl.EventMount, nsctl.EventUmount, nsctl.EventMove, nsctl.EventPropagation, nsctl.EventNamespaceCreated, nsctl.EventNamespaceGone,
	} {
		if kinds[kind] < 20 {
			t.Errorf("the stories have only %d events of kind %s", kinds[kind], kind)
		}
	}
	t.Log(kinds)
}

// A recording gives the same states in whatever order they are asked for, with any number of
// keyframes, and after it was written and read.
func TestRecordingEqualsTheModel(t *testing.T) {
	for seed := range uint64(stories / 2) {
		s := newStory(seed, steps)
		var text bytes.Buffer
		for i := range s.events {
			if err := s.events[i].Encode(&text); err != nil {
				t.Fatal(err)
			}
		}
		read, err := replay.Read(&text)
		if err != nil {
			t.Fatal(err)
		}
		tight, err := replay.NewTight(s.events, 1+s.random.IntN(20), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		thin, err := replay.NewTight(s.events, 1, 600)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*replay.Recording{read, tight, thin} {
			if r.Len() != len(s.truth)-1 || r.Stopped() != "" {
				t.Fatalf("story %d has %d steps, want %d: %s", seed, r.Len(), len(s.truth)-1, r.Stopped())
			}
			for range r.Len() {
				step := s.random.IntN(r.Len() + 1)
				got, err := r.At(step)
				if err != nil {
					t.Fatal(err)
				}
				if wrong := difference(got, s.truth[step]); wrong != "" {
					t.Fatalf("story %d at step %d: %s", seed, step, wrong)
				}
			}
		}
	}
}
