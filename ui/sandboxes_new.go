package ui

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
)

// The fields of the form for a new sandbox.
const (
	fieldName = iota
	fieldRoot
	fieldPath
	fieldSteps
	fieldPropagation
	fieldNamespaces
	fieldInside
	fieldKeep
)

// The roots that can be chosen.
const (
	rootHost = iota
	rootBuiltin
	rootPath
)

// The kinds of namespaces that can be chosen.
const (
	kindUser = iota
	kindPID
	kindUTS
	kindIPC
	kindNet
	kindCgroup
)

// forming is the overlay in which a sandbox is described, and made.
type forming struct {
	*kit.Form
	privileged bool
	toldPID    bool // the user decided about the pid namespace
	wrong      string
	offers     []string // for the path

	making  bool
	stop    context.CancelFunc
	told    *atomic.Pointer[string] // how far it is
	started int                     // how many times it was tried
}

// SandboxMadeMsg says that a sandbox was made, or why not.
type SandboxMadeMsg struct {
	of  *forming
	try int
	is  *sandbox.Info
	err error
}

// makingMsg says that it is time to look how far it is.
type makingMsg struct {
	of  *forming
	try int
}

// PathsFoundMsg brings what a path can be completed to.
type PathsFoundMsg struct {
	of    *forming
	begun string
	paths []string
}

// newSandbox opens the form.
func (m *model) newSandbox() {
	f := &forming{privileged: m.options.Workshop.Privileged()}
	f.Form = &kit.Form{Title: "New sandbox", Fields: f.fields(m.outerSandboxes())}
	f.Fields[fieldName].Input.Max = 63
	f.Fields[fieldPath].Input.Max = 4096
	f.follow()
	m.overlay = f
}

func (f *forming) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	name := k.String()
	switch {
	case f.making && name == "esc":
		f.stop()
	case f.making:
	case name == "esc":
		m.overlay = nil
	case name == "enter":
		return f.make(m)
	case name == "tab" && f.Focus() == &f.Fields[fieldPath] && f.Focus().Input.Value() != "":
		return f.complete(m)
	case f.Key(k):
		f.changed()
	}
	return nil
}

func (f *forming) keys(*model) []overlayKey {
	switch {
	case f.making:
		return []overlayKey{escKey("stops it")}
	case f.Focus() == &f.Fields[fieldPath]:
		return []overlayKey{enterKey("makes it"), tabKey("completes the path"), escKey("leaves")}
	}
	return []overlayKey{enterKey("makes it"), escKey("leaves")}
}

// changed takes another answer.
func (f *forming) changed() {
	f.wrong, f.offers = "", nil
	if f.Focus() == &f.Fields[fieldNamespaces] && f.Focus().At == kindPID {
		f.toldPID = true
	}
	f.follow()
}

// make gives the command that makes the sandbox.
func (f *forming) make(m *model) tea.Cmd {
	w := f.wanted()
	if f.Fields[fieldRoot].At == rootPath && strings.TrimSpace(w.RootFrom) == "" {
		f.wrong = "the path of the root is missing"
		return nil
	}
	ctx, stop := context.WithCancel(m.ctx)
	f.making, f.stop, f.wrong, f.offers = true, stop, "", nil
	f.started++
	told := &atomic.Pointer[string]{}
	f.told = told
	msg, build := SandboxMadeMsg{of: f, try: f.started}, m.options.Workshop.Make
	return tea.Batch(m.after(progressTick, makingMsg{f, f.started}), func() tea.Msg {
		defer stop()
		msg.is, msg.err = build(ctx, w, func(text string) { told.Store(&text) })
		return msg
	})
}

// progressTick is how often the picture of what is being made changes.
const progressTick = time.Second / 10

// stillMaking lets the picture be drawn anew, as long as something is being made.
func (m *model) stillMaking(msg makingMsg) tea.Cmd {
	if msg.of.making && msg.of.started == msg.try {
		return m.after(progressTick, msg)
	}
	return nil
}

// sandboxMade takes the sandbox, or shows the error above what was typed.
func (m *model) sandboxMade(msg SandboxMadeMsg) tea.Cmd {
	f := msg.of
	if f.started != msg.try {
		return nil
	}
	f.making = false
	open := m.overlay == overlay(f)
	if msg.err != nil {
		f.wrong = errorText(msg.err)
		if !open {
			m.note = f.wrong
		}
		return m.listSandboxes()
	}
	if open {
		m.overlay = nil
	}
	if !msg.is.Kept {
		m.sandboxes.Ours(msg.is)
	}
	m.sandboxes.Want(msg.is.Name)
	m.note = "made the sandbox " + named(msg.is.Name)
	if msg.is.Root != "" {
		m.note += "; s takes the next step to its root"
	} else {
		m.note += "; ! opens a shell in it"
	}
	return m.listSandboxes()
}

func (f *forming) paste(_ *model, text string) tea.Cmd {
	if !f.making && f.Paste(text) {
		f.changed()
	}
	return nil
}

func (f *forming) click(m *model, x, y int) tea.Cmd {
	if f.making {
		return nil
	}
	changed, closed := f.Click(f.Area(m.layout.w, m.layout.h), x, y)
	switch {
	case closed:
		m.overlay = nil
	case changed:
		f.changed()
	}
	return nil
}

func (f *forming) wheel(rows int) { f.Wheel(rows) }

// refresh leaves everything as it was typed.
func (f *forming) refresh(*model) tea.Cmd { return nil }
