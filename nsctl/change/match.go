package change

import (
	"fmt"
	"slices"
	"strconv"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
)

// Surprises compares the effects that were predicted for a snapshot with those that really
// happened. New mounts are matched by their places, new groups may have any number. What
// was predicted of an effect is noted in the observed one: whether it is the origin, the
// rule, and where it came from.
func Surprises(s *nsctl.Snapshot, predicted *nsctl.Outcome, observed []nsctl.Effect) []nsctl.Surprise {
	m := newMatcher(s, predicted, observed)
	m.pair()
	var list []nsctl.Surprise
	for i := range predicted.Effects {
		p := &predicted.Effects[i]
		o := m.partner[i]
		if o == nil {
			list = append(list, nsctl.Surprise{Kind: nsctl.SurpriseMissing, Predicted: p, Text: "was predicted, but did not happen: " + describe(p)})
			continue
		}
		if how := m.differs(p, o); how != "" {
			list = append(list, nsctl.Surprise{Kind: nsctl.SurpriseDifferent, Predicted: p, Observed: o, Text: describe(o) + ": " + how})
		}
	}
	for i := range observed {
		if o := &observed[i]; !m.taken[o] {
			list = append(list, nsctl.Surprise{Kind: nsctl.SurpriseUnexpected, Observed: o, Text: "was not predicted: " + describe(o)})
		}
	}
	return list
}

// describe says in a few words what happened to a mount.
func describe(e *nsctl.Effect) string {
	text := string(e.Kind) + " of " + nsctl.Printable(e.Mount.Mountpoint)
	if e.Mount.MntID > 0 {
		text += " (mount " + strconv.Itoa(int(e.Mount.MntID)) + ")"
	}
	return text + " in " + e.NS.String()
}

// matcher finds what belongs together.
type matcher struct {
	predicted []nsctl.Effect
	observed  []nsctl.Effect
	partner   map[int]*nsctl.Effect
	taken     map[*nsctl.Effect]bool
	mounts    map[nsctl.MountID]nsctl.MountID // predicted to real, of new mounts
	groups    map[nsctl.GroupID]nsctl.GroupID // both ways: real ones are stored negative
	old       map[nsctl.GroupID]bool          // that were there before
	anyMaster bool
}

func newMatcher(s *nsctl.Snapshot, predicted *nsctl.Outcome, observed []nsctl.Effect) *matcher {
	m := &matcher{
		predicted: predicted.Effects, observed: observed, partner: map[int]*nsctl.Effect{}, taken: map[*nsctl.Effect]bool{},
		mounts: map[nsctl.MountID]nsctl.MountID{}, groups: map[nsctl.GroupID]nsctl.GroupID{}, old: map[nsctl.GroupID]bool{},
		anyMaster: slices.Contains(predicted.Uncertain, predict.NoteOrderOfSlaves),
	}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := s.Namespaces[i].Mounts[j].Propagation
			m.old[p.Shared], m.old[p.Master] = true, true
		}
	}
	return m
}

// place is where a mount appears.
type place struct {
	space  int
	parent nsctl.MountID
	point  string
}

// subject is a mount to which something happens.
type subject struct {
	space int
	kind  nsctl.EffectKind
	id    nsctl.MountID
}

// pair matches effects. A new mount can be in another new one, which must be found first.
func (m *matcher) pair() {
	places, subjects := map[place]*nsctl.Effect{}, map[subject]*nsctl.Effect{}
	for i := range m.observed {
		o := &m.observed[i]
		if o.Kind == nsctl.EffectMount {
			places[place{o.Space, o.Mount.ParentID, o.Mount.Mountpoint}] = o
		} else {
			subjects[subject{o.Space, o.Kind, o.Mount.MntID}] = o
		}
	}
	for found := true; found; {
		found = false
		for i := range m.predicted {
			p := &m.predicted[i]
			if m.partner[i] != nil {
				continue
			}
			o := subjects[subject{p.Space, p.Kind, p.Mount.MntID}]
			if p.Kind == nsctl.EffectMount {
				o = places[place{p.Space, m.real(p.Mount.ParentID), p.Mount.Mountpoint}]
			}
			if o == nil || m.taken[o] {
				continue
			}
			m.partner[i], m.taken[o], found = o, true, true
			o.Origin, o.Rule, o.Via = p.Origin, p.Rule, p.Via
			if p.Kind == nsctl.EffectMount {
				m.mounts[p.Mount.MntID] = o.Mount.MntID
			}
		}
	}
	for i := range m.predicted { // so that all groups have their numbers when it comes to masters
		if o := m.partner[i]; o != nil {
			m.sameGroup(m.predicted[i].Mount.Propagation.Shared, o.Mount.Propagation.Shared)
		}
	}
}

// real gives the id that a predicted mount really got.
func (m *matcher) real(id nsctl.MountID) nsctl.MountID {
	if got, ok := m.mounts[id]; ok {
		return got
	}
	return id
}

// differs says how what happened to a mount is not what was predicted.
func (m *matcher) differs(p, o *nsctl.Effect) string {
	if p.Kind == nsctl.EffectUmount {
		return ""
	}
	want, got := &p.Mount, &o.Mount
	w, g := want.Propagation, got.Propagation
	open := m.anyMaster && p.Kind == nsctl.EffectMount && w.Master != 0 && g.Master != 0
	switch {
	case m.real(want.ParentID) != got.ParentID && (p.Kind == nsctl.EffectMount || p.Kind == nsctl.EffectMove):
		return fmt.Sprintf("it is mounted in %d, not in %d", got.ParentID, m.real(want.ParentID))
	case want.Mountpoint != got.Mountpoint && p.Kind == nsctl.EffectMove:
		return "it is not at " + nsctl.Printable(want.Mountpoint)
	case !m.sameGroup(w.Shared, g.Shared) || !open && !m.sameGroup(w.Master, g.Master) || w.Unbindable != g.Unbindable:
		return fmt.Sprintf("it is %s, not %s", state(g), state(w))
	case p.Kind == nsctl.EffectMount && (want.Root != got.Root || want.FSType != got.FSType || want.Source != got.Source):
		return fmt.Sprintf("it shows %s of %s, not %s of %s", nsctl.Printable(got.Root), nsctl.Printable(got.FSType), nsctl.Printable(want.Root), nsctl.Printable(want.FSType))
	case p.Kind == nsctl.EffectMount && want.Options != got.Options:
		return fmt.Sprintf("its options are %s, not %s", nsctl.Printable(got.Options), nsctl.Printable(want.Options))
	}
	return ""
}

func state(p nsctl.Propagation) string {
	if text := p.String(); text != "" {
		return text + " (" + p.Type().String() + ")"
	}
	return p.Type().String()
}

// sameGroup compares numbers of groups. New ones may have any number, but each only one.
func (m *matcher) sameGroup(want, got nsctl.GroupID) bool {
	if want == 0 || got == 0 || m.old[want] {
		return want == got
	}
	actual, known := m.groups[want]
	predicted, taken := m.groups[-got]
	if !known && !taken {
		m.groups[want], m.groups[-got] = got, want
		return true
	}
	return actual == got && predicted == want
}
