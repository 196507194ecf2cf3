package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// question is a mount that was picked: why is it not in another namespace?
type question struct {
	ns    screen.NSKey
	mount screen.MountKey
	text  string // that names it
}

// WhyAnsweredMsg brings why a mount is in another namespace, or is not.
type WhyAnsweredMsg struct {
	of   *question
	host *screen.Host
	why  *nsctl.Why
}

// whyNoWhy is why the question cannot be asked.
func (m *model) whyNoWhy() string {
	_, selected := m.selectedMount()
	switch {
	case selected, m.asked != nil && m.selectedSpace() >= 0:
		return ""
	case m.asked != nil:
		return "select another namespace, or a mount in one"
	}
	return "pick a mount first, on the screen of mounts or of peers"
}

// selectedSpace is the namespace that is selected on the screen in front, or that the
// selected mount is in; -1 for none.
func (m *model) selectedSpace() int {
	if r, ok := m.selectedMount(); ok {
		return r.NS
	}
	if m.screen() == screen.Screen(m.namespaces) {
		return m.namespaces.Selected()
	}
	return -1
}

// askWhy picks a mount; the second time, in another namespace, it asks why that is not
// there.
func (m *model) askWhy() tea.Cmd {
	to := m.selectedSpace()
	key := screen.KeyOf(&m.host.Namespace(to).NamespaceInfo)
	if r, ok := m.selectedMount(); ok && (m.asked == nil || m.live.FindNS(key) == m.live.FindNS(m.asked.ns)) {
		picked := m.host.MountKey(r)
		if _, there := m.live.FindMount(key, picked); !there {
			m.note = "the mount is not there yet: nothing can be asked about it"
			return nil
		}
		m.asked = &question{key, picked, nsctl.Printable(m.host.Shown(r).Mountpoint) + " in " + m.host.Label(to)}
		return nil
	}
	from, host := m.asked, m.live
	m.asked, m.answering = nil, from
	at, ok := host.FindMount(from.ns, from.mount)
	to = host.FindNS(key)
	switch {
	case !ok:
		m.note = from.text + " is gone"
		return nil
	case to < 0:
		m.note = "the namespace is not there yet: nothing can be asked about it"
		return nil
	}
	return func() tea.Msg {
		return WhyAnsweredMsg{from, host, predict.Why(host.Graph, graph.Place{Mount: at}, to)}
	}
}

// askedLine is the second line while a mount is picked.
func (m *model) askedLine() string {
	th := m.theme
	hint, leave := ": w in another namespace asks why it is not there", "esc forgets"
	if room := m.layout.w - len(" why? "+leave) - 3; th.Width(m.asked.text)+len(hint) > room {
		hint = ": w elsewhere asks"
	}
	l := kit.NewLine(th, theme.Plain, m.layout.w).Add(th.Warn, " why? ")
	text, _ := th.Fit(m.asked.text, max(m.layout.w-1-len(" why? ")-len(hint)-2-len(leave), 1))
	l.Add(th.Strong, text).Add(th.Dim, hint).To(m.layout.w - 1 - len(leave))
	return l.Add(th.Key, leave[:3]).Add(th.Dim, leave[3:]).String()
}

// whyAnswered shows the answer, unless something else was opened since.
func (m *model) whyAnswered(msg WhyAnsweredMsg) {
	if msg.of != m.answering {
		return // another one was asked since
	}
	m.answering = nil
	if m.overlay != nil {
		return
	}
	s := &whySheet{why: msg.why, host: msg.host}
	s.Title = "Why: " + msg.of.text + ", and " + msg.host.Label(msg.why.ToSpace)
	m.overlay = s
}

func (s *whySheet) keys(*model) []overlayKey {
	if len(s.commands()) == 0 {
		return []overlayKey{escKey("leaves")}
	}
	return []overlayKey{letterKey('y', "copies what mends it"), escKey("leaves")}
}

// commands are those that would mend it.
func (s *whySheet) commands() []string {
	var list []string
	for _, step := range s.why.Mend {
		switch {
		case step.Command != "":
			list = append(list, step.Command)
		case step.Op != "":
			list = append(list, step.Op)
		}
	}
	return list
}
