package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// whatIf is an operation that is only thought of, while the screens show what it would do.
type whatIf struct {
	op     nsctl.Op
	ns     screen.NSKey
	label  string         // of the namespace
	counts *screen.Counts // nil until it is worked out
	depth  int            // how many screens esc led back through when it was asked
}

// ThoughtMsg brings what an operation would do to the host, ready to be shown.
type ThoughtMsg struct {
	seq    int // of the question
	base   *screen.Host
	host   *screen.Host // nil if there is nothing to show
	counts screen.Counts
	why    string // why not
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

// enterWhatIf shows what an operation would do, until esc.
func (m *model) enterWhatIf(op nsctl.Op, ns screen.NSKey, label string) tea.Cmd {
	depth := len(m.back)
	if m.what != nil {
		depth = min(depth, m.what.depth)
	}
	m.what = &whatIf{op: op, ns: ns, label: label, depth: depth}
	m.whatSeq++
	return m.think()
}

// think gives the command that works out what the operation would do to the host as it
// is now. While one is on its way no other is sent: thought sends the next.
func (m *model) think() tea.Cmd {
	if m.thinking {
		return nil
	}
	m.thinking = true
	msg := ThoughtMsg{seq: m.whatSeq, base: m.live}
	op, key, label, predictIn := m.what.op, m.what.ns, m.what.label, m.predictor()
	return func() tea.Msg {
		ns := msg.base.FindNS(key)
		if ns < 0 {
			msg.why = "the namespace " + label + " is gone"
			return msg
		}
		p, err := predictIn(msg.base, op, ns)
		switch {
		case err != nil:
			msg.why = err.Error()
		case !p.OK:
			msg.why = refusal(p)
		default:
			msg.counts, msg.host = screen.CountsOf(p), screen.NewWhatIf(msg.base, p)
		}
		return msg
	}
}

// predictor gives what says what an operation in a namespace would do. It is for commands:
// the first time for a host it takes longer than a frame, and it may look at files.
func (m *model) predictor() func(h *screen.Host, op nsctl.Op, ns int) (*predict.Prediction, error) {
	ctx, ask := m.ctx, m.options.Predict
	return func(h *screen.Host, op nsctl.Op, ns int) (*predict.Prediction, error) {
		if ask != nil {
			return ask(ctx, h.Predictor(), op, ns)
		}
		return h.Predictor().Predict(op, predict.Caller{NS: ns})
	}
}

// refusal is what the kernel would say, and why.
func refusal(p *predict.Prediction) string { return p.Errno + ": " + p.Reason }

// thought takes the answer to the command.
func (m *model) thought(msg ThoughtMsg) tea.Cmd {
	m.thinking = false
	switch {
	case m.what == nil:
		return nil // it was left
	case msg.seq != m.whatSeq:
		return m.think() // something else was asked since
	case msg.host == nil:
		m.leaveWhatIf()
		m.note = "what if ended: " + msg.why
		return nil
	}
	m.what.counts = &msg.counts
	m.display(msg.host)
	if msg.base != m.live {
		return m.think()
	}
	return nil
}

// leaveWhatIf goes back to the host as it is.
func (m *model) leaveWhatIf() {
	m.what = nil
	m.whatSeq++
	m.display(m.live)
}

// display gives the screens another state of the host.
func (m *model) display(h *screen.Host) {
	m.host = h
	for _, s := range m.screens() {
		if note := s.SetHost(h); note != "" && s == m.screen() && m.note == "" { // what a key did matters more
			m.note = note
		}
	}
}

// whatIfLine is the second line while the host is thought of: what is asked, and in
// numbers what it would do.
func (m *model) whatIfLine() string {
	th, w := m.theme, m.what
	counts, short := "working it out", "..."
	if w.counts != nil {
		counts, short = w.counts.String(), w.counts.Short(th)
	}
	op, keys := nsctl.Printable(w.op.String()), []string{"n", " next  ", "esc", " leaves"}
	if m.layout.narrow() {
		keys = keys[2:]
	}
	if _, may := m.registry.ByID("do it"); may && m.whyNoChange() == "" {
		keys = append([]string{"A", " does it  "}, keys...)
	}
	keysWidth := len(strings.Join(keys, ""))
	room := m.layout.w - 2 - keysWidth - 2
	head := "what if, in " + w.label + ": "
	if th.Width(head)+th.Width(op)+2+th.Width(counts) > room {
		head = "what if: "
	}
	if th.Width(head)+th.Width(op)+2+th.Width(counts) > room && short != "" {
		counts = short
	}
	opRoom := max(room-th.Width(head)-2-th.Width(counts), 1)
	op, _ = th.Fit(op, opRoom)
	l := kit.NewLine(th, theme.Plain, m.layout.w).Add(th.Warn, " "+head).Add(th.Strong, op).Add(th.Text, "  ").Add(th.Warn, counts)
	l.To(m.layout.w - 1 - keysWidth)
	for i := 0; i < len(keys); i += 2 {
		l.Add(th.Key, keys[i]).Add(th.Dim, keys[i+1])
	}
	return l.String()
}

// command is the operation as a command for a shell on the host; "" if none leads into
// the namespace.
func (w *whatIf) command(h *screen.Host) string { return commandFor(h, h.FindNS(w.ns), w.op) }

// commandFor is an operation in a namespace of a host as a command for a shell there; "" if
// none leads into the namespace.
func commandFor(h *screen.Host, ns int, op nsctl.Op) string {
	if ns < 0 || ns >= h.Len() {
		return ""
	}
	words := op.Args()
	if op.Kind == nsctl.OpRejoin || op.Kind == nsctl.OpBind && op.FromNS != "" { // only this program does that
		return nsctl.SafeShellLine(append([]string{"mntscope", "apply", "--ns", bareNumber(h.Namespace(ns).NS), "--"}, words...))
	}
	enter, ok := h.Enter(ns)
	if !ok {
		return ""
	}
	return nsctl.SafeShellLine(append(enter, words...))
}

// bareNumber is the N of mnt:[N].
func bareNumber(ns nsctl.NSNumber) string {
	return strings.TrimSuffix(strings.TrimPrefix(ns.String(), "mnt:["), "]")
}
