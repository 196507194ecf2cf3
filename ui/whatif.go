package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// whatIf is an operation that is only thought of, while the screens show what it would do.
type whatIf struct {
	op      nsctl.Op
	ns      screen.NSKey
	label   string // of the namespace
	summary string
	seq     int // of the host that it was predicted on
}

// WhatIfOfferedMsg brings the operations that make sense on a mount, each predicted.
type WhatIfOfferedMsg struct {
	seq     int
	ns      int
	path    string
	ops     []nsctl.Op
	choices []kit.Choice
}

// WhatIfPredictedMsg brings what one operation would do, ready to be shown.
type WhatIfPredictedMsg struct {
	what whatIf
	host *screen.Host
	err  string // why there is nothing to show
}

// whyNoWhatIf is why nothing can be asked about the selection.
func (m *model) whyNoWhatIf() string {
	r, ok := m.selectedMount()
	switch {
	case !ok:
		return "no mount is selected"
	case m.what != nil:
		return "that is what if already: esc leaves it"
	case m.host.Mount(r).HiddenBy != 0:
		return "the mount is hidden: no path leads to it"
	}
	return ""
}

// selectedMount is the mount that is selected on the screen in front.
func (m *model) selectedMount() (graph.Ref, bool) {
	switch m.current {
	case action.Mounts:
		return m.mounts.Selected()
	case action.Peers:
		return m.peers.Selected()
	}
	return graph.Ref{}, false
}

// offerWhatIf works out what could be done to the selected mount. It takes longer than a
// frame on a large host.
func (m *model) offerWhatIf() tea.Cmd {
	r, _ := m.selectedMount()
	host, seq := m.host, m.seq
	m.note = "predicting"
	return func() tea.Msg {
		msg := WhatIfOfferedMsg{seq: seq, ns: r.NS, path: host.Mount(r).Mountpoint}
		predictor := predict.New(host.Graph)
		for _, op := range operationsOn(msg.path) {
			choice := kit.Choice{Label: nsctl.Printable(op.String())}
			switch p, err := predictor.Predict(op, predict.Caller{NS: r.NS}); {
			case err != nil:
				choice.Why = err.Error()
			default:
				choice.Note, choice.Detail = verdict(p), details(p)
			}
			msg.ops, msg.choices = append(msg.ops, op), append(msg.choices, choice)
		}
		return msg
	}
}

// operationsOn are the operations that make sense on a mount point.
func operationsOn(path string) []nsctl.Op {
	ops := []nsctl.Op{
		{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "tmpfs", Target: path},
		{Kind: nsctl.OpUmount, Target: path},
		{Kind: nsctl.OpUmount, Target: path, Lazy: true},
	}
	for _, recursive := range []bool{false, true} {
		for _, t := range []nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable} {
			ops = append(ops, nsctl.Op{Kind: nsctl.OpMake, Type: t, Recursive: recursive, Target: path})
		}
	}
	for then := nsctl.ThenPrivate; then <= nsctl.ThenUnchanged; then++ {
		ops = append(ops, nsctl.Op{Kind: nsctl.OpUnshare, Then: then})
	}
	return append(ops, nsctl.Op{Kind: nsctl.OpUnshare, User: true})
}

// verdict is an outcome in a few words.
func verdict(p *predict.Prediction) string {
	if !p.OK {
		return p.Errno
	}
	count := map[nsctl.EffectKind]int{}
	for i := range p.Effects {
		count[p.Effects[i].Kind]++
	}
	var parts []string
	for _, x := range []struct {
		n    int
		what string
	}{
		{count[nsctl.EffectMount], "appear"}, {count[nsctl.EffectUmount], "vanish"}, {count[nsctl.EffectMove], "move"},
		{count[nsctl.EffectPropagation] + count[nsctl.EffectRemount], "change"}, {len(p.NotReached), "not reached"},
	} {
		if x.n > 0 {
			parts = append(parts, kit.Count(x.n)+" "+x.what)
		}
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// details is the reason of a refusal, or else what is not certain.
func details(p *predict.Prediction) string {
	if !p.OK {
		return p.Reason
	}
	return strings.Join(p.Uncertain, "; ")
}

// whatIfOffered lets the user choose among the operations, or type one.
func (m *model) whatIfOffered(msg WhatIfOfferedMsg) {
	m.note = ""
	if m.overlay != nil || m.seq != msg.seq && m.host.Len() <= msg.ns {
		return
	}
	own := kit.Choice{Label: "Another operation: type it", Detail: "In the words of mount(8), umount(8), unshare(1) and pivot_root(8)"}
	key, label := screen.KeyOf(&m.host.Namespace(msg.ns).NamespaceInfo), m.host.Label(msg.ns)
	m.showChooser(kit.NewChooser("What if, in "+label, "type to search; enter shows what it would do", append(msg.choices, own), 0), func(m *model, i int) tea.Cmd {
		if i < len(msg.ops) {
			return m.predict(whatIf{op: msg.ops[i], ns: key, label: label})
		}
		m.prompt = &prompt{what: whatIf{ns: key, label: label}}
		m.prompt.Set("mount --bind " + nsctl.ShellQuote(msg.path) + " ")
		return nil
	})
}

// prompt is an operation while it is being typed.
type prompt struct {
	kit.Input
	what whatIf
}

// typeOperation edits the operation, and predicts it.
func (m *model) typeOperation(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.prompt = nil
	case "enter":
		op, err := nsctl.ParseOpLine(m.prompt.Value())
		if err != nil {
			m.note = err.Error()
			return nil
		}
		what := m.prompt.what
		what.op = op
		m.prompt = nil
		return m.predict(what)
	default:
		m.prompt.Key(k)
	}
	return nil
}

// predict works out what an operation would do on the host as it is now.
func (m *model) predict(what whatIf) tea.Cmd {
	live := m.live
	what.seq = m.seq
	return func() tea.Msg {
		ns := live.FindNS(what.ns)
		if ns < 0 {
			return WhatIfPredictedMsg{what: what, err: "the namespace " + what.label + " is gone"}
		}
		p, err := predict.New(live.Graph).Predict(what.op, predict.Caller{NS: ns})
		switch {
		case err != nil:
			return WhatIfPredictedMsg{what: what, err: err.Error()}
		case !p.OK:
			return WhatIfPredictedMsg{what: what, err: p.Errno + ": " + p.Reason}
		}
		what.summary = verdict(p)
		return WhatIfPredictedMsg{what: what, host: screen.NewWhatIf(live, p)}
	}
}

// whatIfPredicted shows what would happen, until esc.
func (m *model) whatIfPredicted(msg WhatIfPredictedMsg) {
	switch {
	case msg.what.seq != m.seq && m.what == nil:
		return // it was left, or the host has changed since: the next answer is on its way
	case msg.host == nil:
		m.leaveWhatIf()
		m.note = msg.err
		return
	}
	m.what = &msg.what
	m.display(msg.host)
}

// leaveWhatIf goes back to the host as it is.
func (m *model) leaveWhatIf() bool {
	if m.what == nil {
		return false
	}
	m.what = nil
	m.display(m.live)
	return true
}

// display gives the screens another state of the host.
func (m *model) display(h *screen.Host) {
	m.host = h
	for _, s := range m.screens() {
		if note := s.SetHost(h); note != "" && s == m.screen() {
			m.note = note
		}
	}
}

// text is what the footer says.
func (w *whatIf) text() string {
	return fmt.Sprintf("what if, in %s: %s  %s", w.label, nsctl.Printable(w.op.String()), w.summary)
}
