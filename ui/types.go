package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// retyping is the overlay in which the propagation type of mounts is chosen. What each choice
// would do is shown at once.
type retyping struct {
	kit.Picker
	mounts    []retyped
	recursive bool

	seq      int // grows with each other choice
	running  bool
	base     *screen.Host // what the answer is about
	answers  []*predict.Prediction
	seen     []string // the gist of them
	failed   string
	answered int // the choice that the answer is about

	lines []string // made once for an answer, a width and a theme
	width int
	theme *theme.Theme
}

// retyped is a mount whose type is chosen, by what it is known by on any state of the host.
type retyped struct {
	ns    screen.NSKey
	key   screen.MountKey
	label string
	mount *nsctl.Mount // as it was when the overlay was opened
}

// RetypedMsg brings what a choice would do.
type RetypedMsg struct {
	of      *retyping
	seq     int
	base    *screen.Host
	answers []*predict.Prediction
	seen    []string // their gist
	failed  string
}

// typeChoices are the types that a mount can be made.
func typeChoices() [4]nsctl.PropagationType {
	return [...]nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable}
}

// whyNoRetype is why the type of nothing can be changed.
func (m *model) whyNoRetype() string {
	if why := m.whyNoChange(); why != "" {
		return why
	}
	if len(m.toRetype()) == 0 {
		return "no mount is selected"
	}
	return ""
}

// toRetype are the mounts whose type a key changes: those that are marked, or else the
// selected one.
func (m *model) toRetype() []graph.Ref {
	if m.marked.Len() > 0 {
		return m.marked.In(m.host)
	}
	if r, ok := m.selectedMount(); ok {
		return []graph.Ref{r}
	}
	return nil
}

// retype opens the overlay for mounts of the host that is shown.
func (m *model) retype(refs []graph.Ref) tea.Cmd {
	o := &retyping{answered: -1}
	o.Small = true
	for _, r := range refs {
		ns := screen.KeyOf(&m.host.Namespace(r.NS).NamespaceInfo)
		at, there := m.live.FindMount(ns, m.host.MountKey(r))
		if !there {
			m.note = "the mount is not there yet: it is only thought of"
			return nil
		}
		if m.live.Namespace(at.NS).NS == 0 {
			m.note = "the number of the namespace may not be read: try as root"
			return nil
		}
		o.mounts = append(o.mounts, retyped{ns, m.live.MountKey(at), m.live.Name(at.NS), m.live.Mount(at)})
	}
	o.Title = o.title()
	choices := typeChoices()
	o.SetLen(len(choices))
	for i, t := range choices {
		if o.isNow(o.mounts[0].mount, t) {
			o.Select(i)
			break
		}
	}
	m.overlay = o
	return o.ask(m)
}

func (o *retyping) title() string {
	if n := len(o.mounts); n > 1 {
		return "Propagation type of " + kit.Count(n) + " mounts"
	}
	return "Propagation type of " + o.mounts[0].label + " " + nsctl.Printable(o.mounts[0].mount.Mountpoint)
}

// isNow reports whether a mount is of a type already.
func (*retyping) isNow(m *nsctl.Mount, t nsctl.PropagationType) bool {
	p := m.Propagation
	switch t {
	case nsctl.Shared:
		return p.Shared != 0
	case nsctl.Slave:
		return p.Master != 0 && p.Shared == 0
	}
	return p.Type() == t
}

func (o *retyping) op(i int) nsctl.Op {
	return nsctl.Op{Kind: nsctl.OpMake, Type: typeChoices()[o.Selected()], Recursive: o.recursive, Target: o.mounts[i].mount.Mountpoint}
}

// requests are what is wanted, for the host as it is known now.
func (o *retyping) requests(m *model) []change.Request {
	var list []change.Request
	for i := range o.mounts {
		ns := m.live.FindNS(o.mounts[i].ns)
		if ns < 0 {
			m.note = "the namespace " + o.mounts[i].label + " is gone"
			return nil
		}
		list = append(list, change.Request{Op: o.op(i), NS: m.live.Namespace(ns).NS.String(), Cwd: "/", Mount: o.mounts[i].mount.MntID})
	}
	return list
}

func (o *retyping) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch name := k.String(); {
	case name == "esc" || name == "q":
		m.overlay = nil
	case name == "space" || name == "r":
		o.recursive = !o.recursive
		return o.ask(m)
	case name == "y":
		return m.copyCommands(o.commands(m))
	case name == "enter":
		return o.enter(m)
	case o.Key(k):
		return o.ask(m)
	}
	return nil
}

// enter does what was chosen, if what it would do is in sight.
func (o *retyping) enter(m *model) tea.Cmd {
	switch {
	case o.answered != o.seq:
		if wanted := o.requests(m); wanted != nil {
			return m.propose(wanted, o.Title) // where it is shown before it is done
		}
		m.overlay = nil
		return nil
	case o.failed != "" || o.nothing():
		return nil // the reason is in sight
	}
	wanted := o.requests(m)
	if wanted == nil {
		m.overlay = nil
		return nil
	}
	return m.proposeSeen(wanted, o.Title, o.seen)
}

// nothing reports whether nothing would change.
func (o *retyping) nothing() bool {
	for _, p := range o.answers {
		if !p.OK || len(p.Effects) > 0 {
			return false
		}
	}
	return true
}

func (o *retyping) commands(m *model) []string {
	list := make([]string, len(o.mounts))
	for i := range o.mounts {
		list[i] = commandFor(m.live, m.live.FindNS(o.mounts[i].ns), o.op(i))
	}
	return list
}

func (o *retyping) paste(*model, string) tea.Cmd { return nil }

func (o *retyping) click(m *model, x, y int) tea.Cmd {
	moved, closed := o.Click(o.Area(m.layout.w, m.layout.h), x, y)
	switch {
	case closed:
		m.overlay = nil
	case moved:
		return o.ask(m)
	}
	return nil
}

func (o *retyping) wheel(rows int) { o.Wheel(rows) }

// refresh asks about the host as it is now. What is said stays until the answer is there.
func (o *retyping) refresh(m *model) tea.Cmd {
	for i := range o.mounts {
		if r, there := m.live.FindMount(o.mounts[i].ns, o.mounts[i].key); there {
			o.mounts[i].mount = m.live.Mount(r)
		}
	}
	return o.predict(m)
}
