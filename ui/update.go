package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/action"
	"mntscope/ui/screen"
)

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.route(msg)
	if m.overlay == nil {
		m.overlay, m.untold = m.untold, nil
	}
	if m.layout.w == 0 || m.layout.tooSmall {
		return m, cmd
	}
	return m, tea.Batch(cmd, m.screen().Settle())
}

func (m *model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.layout = newLayout(msg.Width, msg.Height)
		if !m.layout.tooSmall {
			for _, s := range m.screens() {
				s.Resize(m.layout.body)
			}
		}
	case tea.BackgroundColorMsg:
		m.lightBackground = !msg.IsDark()
		m.setTheme(m.themeName)
	case tea.ModeReportMsg:
		// Bubble Tea counts in the same way from this message on.
		if msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() && !msg.Value.IsPermanentlyReset() {
			m.graphemes = true
			m.setTheme(m.themeName)
		}
	case SnapshotLoadedMsg:
		return m.loaded(msg)
	case screen.MountReachedMsg:
		m.mounts.Reached(msg)
	case screen.ComparedMsg:
		m.mounts.Compared(msg)
	case screen.MissedFoundMsg:
		m.events.MissedFound(msg)
	case lightsFadedMsg:
		return m.fade()
	case RecordedMsg:
		m.recorded(msg)
	case SteppedMsg:
		return m.stepped(msg)
	case playTickMsg:
		return m.played(msg)
	case HoldersFoundMsg:
		m.holdersFound(msg)
	case PredictedMsg:
		return m.predicted(msg)
	case CompletedMsg:
		return m.completed(msg)
	case ThoughtMsg:
		return m.thought(msg)
	case WhyAnsweredMsg:
		m.whyAnswered(msg)
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg.Content)
	case tea.MouseClickMsg:
		return m.click(msg)
	case WheeledMsg:
		m.wheel(msg)
	default:
		return tea.Batch(m.routeSandboxes(msg), m.routeChanges(msg))
	}
	return nil
}

// routeSandboxes routes what is about sandboxes.
func (m *model) routeSandboxes(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case SandboxesListedMsg:
		return m.sandboxesListed(msg)
	case StepsListedMsg:
		m.stepsListed(msg)
	case listAgainMsg:
		m.boxes.waiting = false
		return m.listSandboxes()
	case SandboxMadeMsg:
		return m.sandboxMade(msg)
	case makingMsg:
		return m.stillMaking(msg)
	case PathsFoundMsg:
		m.pathsFound(msg)
	case StepTakenMsg:
		return m.stepTaken(msg)
	case SandboxesRemovedMsg:
		return m.sandboxesRemoved(msg)
	case ShellEndedMsg:
		return m.shellEnded(msg)
	}
	return nil
}

// loaded takes another state of the host, and asks for the next.
func (m *model) loaded(msg SnapshotLoadedMsg) tea.Cmd {
	if msg.Seq <= m.seq {
		return nil
	}
	m.seq = msg.Seq
	m.ended, m.followErr = msg.Ended, msg.Err
	// A host that is read again from the beginning is shown when it is whole: what is
	// on screen must not go away and come back.
	known := m.live.Total > 0 && m.live.Read == m.live.Total
	again := []tea.Cmd{m.happened(msg.Batch)}
	if msg.Host != nil && (!known || msg.Host.Read == msg.Host.Total) {
		again = append(again, m.take(msg.Host), m.followSandboxes())
	}
	if m.overlay != nil {
		again = append(again, m.overlay.refresh(m))
	}
	return tea.Batch(append(again, m.feed.next(m.ctx, msg.Seq+1, msg.Took))...)
}

// take shows another state of the host, or what would become of it.
func (m *model) take(h *screen.Host) tea.Cmd {
	m.live = h
	if h.Read == h.Total { // else what was marked may only not be read yet
		m.marked.Keep(h)
	}
	if m.what != nil {
		return m.think()
	}
	m.display(h)
	return nil
}

// key routes a key: to the overlay, else to the filter that is being typed, else to
// the registry.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	m.note = ""
	name := k.String()
	switch {
	case name == "ctrl+c":
		return tea.Quit
	case name == "ctrl+z":
		return tea.Suspend
	case m.layout.tooSmall:
		if name == "q" {
			return tea.Quit
		}
		return nil
	case m.overlay != nil:
		return m.overlay.key(m, k)
	case m.filter != nil:
		m.typeFilter(k)
		return nil
	}
	if a, ok := m.registry.ByKey(m.current, name); ok {
		return m.do(a)
	}
	if m.registry.LeftOut(m.current, name) {
		m.note = m.whyLeftOut()
	}
	return nil
}

// whyLeftOut is why there is nothing that changes the host.
func (m *model) whyLeftOut() string {
	if m.options.ReadOnly {
		return "read-only: this explorer changes nothing"
	}
	return m.whyNoChange()
}

// do runs an action, or says why it cannot be run now.
func (m *model) do(a *action.Action[*model]) tea.Cmd {
	if why := m.whyNot(a); why != "" {
		m.note = why
		return nil
	}
	return a.Run(m)
}

// whyNot is why an action cannot be done on the screen in front now, or "".
func (m *model) whyNot(a *action.Action[*model]) string {
	if a.Scope&m.current == 0 {
		return "only on the screen " + a.Scope.String()
	}
	return a.Reason(m)
}

// typeFilter edits the filter. The list follows while it is typed; the arrows move
// in it.
func (m *model) typeFilter(k tea.KeyPressMsg) {
	s := m.screen()
	switch k.String() {
	case "enter":
		m.filter = nil
	case "esc":
		s.SetFilter(m.filter.before)
		m.filter = nil
	case "up":
		s.Move(-1)
	case "down":
		s.Move(1)
	case "backspace":
		if m.filter.Value() == "" {
			m.filter = nil
			return
		}
		fallthrough
	default:
		if m.filter.Key(k) {
			s.SetFilter(m.filter.Value())
		}
	}
}

// paste types text where text is being typed, and does nothing elsewhere: pasted
// letters are no keys.
func (m *model) paste(text string) tea.Cmd {
	text = strings.TrimSpace(text)
	switch {
	case m.overlay != nil:
		return m.overlay.paste(m, text)
	case m.filter != nil:
		m.filter.Insert(text)
		m.screen().SetFilter(m.filter.Value())
	}
	return nil
}

func (m *model) click(msg tea.MouseClickMsg) tea.Cmd {
	footer := msg.Y == m.layout.h-1
	if said := m.note != "" || m.followErr != nil; said && footer {
		m.note = "" // what is under it is not in sight
		return nil
	}
	m.note = ""
	if msg.Button != tea.MouseLeft || m.layout.tooSmall {
		return nil
	}
	if m.overlay != nil && footer {
		return m.clickHint(msg.X, msg.Y)
	}
	if m.overlay != nil {
		return m.overlay.click(m, msg.X, msg.Y)
	}
	if id, ok := m.target(msg.X, msg.Y); ok {
		if a, ok := m.registry.ByID(id); ok {
			m.filter = nil
			return m.do(a)
		}
		return nil
	}
	if m.screen().Click(msg.X, msg.Y) {
		if a, ok := m.registry.ByID("open"); ok {
			return m.do(a)
		}
	}
	return nil
}

func (m *model) wheel(msg WheeledMsg) {
	switch {
	case m.layout.tooSmall:
	case m.overlay != nil:
		m.overlay.wheel(msg.Rows)
	default:
		m.screen().Wheel(msg.X, msg.Y, msg.Rows)
	}
}
