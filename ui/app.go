package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl/graph"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// model is the root of the explorer. It owns what all screens share and routes
// messages; everything else is in the screens.
type model struct {
	options  Options
	look     look
	ctx      context.Context // ends with the program: the commands that wait heed it
	registry *action.Registry[*model]
	feed     *feed

	theme           *theme.Theme
	themeName       string // as chosen; empty goes by the terminal
	lightBackground bool
	graphemes       bool // the terminal counts the cells of grapheme clusters
	mouse           bool
	layout          layout

	host      *screen.Host // what the screens show: the live one, or what an operation would make of it
	live      *screen.Host
	seq       int  // of the last snapshot message
	ended     bool // no other state of the host will come
	followErr error

	namespaces *screen.Namespaces
	mounts     *screen.Mounts
	peers      *screen.Peers
	events     *screen.Events
	sandboxes  *screen.Sandboxes
	boxes      askedBoxes
	marked     *screen.Marked // to change them together
	lights     *screen.Lights // what has just changed
	fading     bool           // a tick that lets them fade is on its way
	// after gives the command that sends a message after a time.
	after func(time.Duration, tea.Msg) tea.Cmd
	// exec gives the command that leaves the terminal to something else.
	exec    func(tea.ExecCommand, tea.ExecCallback) tea.Cmd
	current action.Scope
	back    []action.Scope // the screens that were left by opening something

	overlay overlay
	untold  overlay // what has to be said as soon as nothing else is in front
	filter  *filter
	player  *player // nil unless a recording is replayed
	what    *whatIf // what is asked, and shown as soon as it is worked out
	whatSeq int     // grows with what is asked
	// thinking says that a command is working out what would happen.
	thinking   bool
	doing      bool      // a command is changing the host
	asked      *question // picked, to ask about it
	holdersSeq int       // of the last question what holds a filesystem
	// answering is the question that an answer is awaited to.
	answering *question
	note      string // about the last key, fit to be shown; gone with the next
}

// overlay is something in front of the screen that has the keys.
type overlay interface {
	key(m *model, k tea.KeyPressMsg) tea.Cmd
	paste(m *model, text string) tea.Cmd
	click(m *model, x, y int) tea.Cmd
	wheel(rows int)
	// refresh is called when the host has changed.
	refresh(m *model) tea.Cmd
	// draw gives its lines, where they are, and where the text cursor is.
	draw(m *model) (lines []string, area kit.Rect, x, y int)
}

// chooser is an overlay to choose from, and what becomes of the choice.
type chooser struct {
	*kit.Chooser
	choose func(m *model, i int) tea.Cmd
	// why gives the reason why a choice cannot be made now, or "". It changes with the
	// host. nil: all can be made.
	why func(m *model, i int) string
}

// filter is the filter while it is being typed.
type filter struct {
	kit.Input
	before string // what esc goes back to
}

func newModel(ctx context.Context, o Options, f *feed) *model {
	if o.ReadOnly {
		o.Workshop, o.Changer = nil, nil
	}
	m := &model{
		options: o, look: newLook(o), ctx: ctx, feed: f, registry: newRegistry(o.ReadOnly || o.Workshop == nil, o.Replay != nil),
		themeName: o.Theme, mouse: o.Mouse, host: screen.Empty(), live: screen.Empty(), current: action.Namespaces,
	}
	if o.Replay != nil {
		m.player = newPlayer(o.Replay)
	}
	if m.look.noColor {
		m.themeName = "mono"
	}
	th := m.newTheme()
	m.theme = th
	m.namespaces, m.mounts, m.peers, m.events = screen.NewNamespaces(th), screen.NewMounts(th), screen.NewPeers(th), screen.NewEvents(th)
	m.sandboxes = screen.NewSandboxes(th)
	if o.Workshop != nil {
		m.sandboxes.Invite("there is none; n makes one, to try things in and throw away")
	}
	m.after = func(d time.Duration, msg tea.Msg) tea.Cmd {
		return tea.Tick(d, func(time.Time) tea.Msg { return msg })
	}
	m.exec = tea.Exec
	m.boxes.steps, m.boxes.taking = map[string]bool{}, map[string]bool{}
	m.lights, m.marked = screen.NewLights(), screen.NewMarked()
	m.mounts.ShowMarked(m.marked)
	for _, s := range m.screens() {
		s.ShowLights(m.lights)
	}
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	var wait tea.Cmd
	if m.player != nil {
		wait = m.openRecording()
	} else {
		wait = m.feed.next(m.ctx, 1, 0)
	}
	wait = tea.Batch(wait, m.recoverChanges())
	if m.themeName != "" {
		return wait
	}
	return tea.Batch(wait, tea.RequestBackgroundColor)
}

func (m *model) newTheme() *theme.Theme {
	return theme.New(theme.Options{Name: m.themeName, LightBackground: m.lightBackground, ASCII: m.look.ascii, Graphemes: m.graphemes})
}

// setTheme draws everything with another theme.
func (m *model) setTheme(name string) {
	m.themeName = name
	m.theme = m.newTheme()
	for _, s := range m.screens() {
		s.SetTheme(m.theme)
	}
}

func (m *model) screens() []screen.Screen {
	return []screen.Screen{m.namespaces, m.mounts, m.peers, m.events, m.sandboxes}
}

// screen is the one in front.
func (m *model) screen() screen.Screen {
	switch m.current {
	case action.Mounts:
		return m.mounts
	case action.Peers:
		return m.peers
	case action.Events:
		return m.events
	case action.Sandboxes:
		return m.sandboxes
	}
	return m.namespaces
}

// show brings a screen to the front; esc does not lead back from it.
func (m *model) show(s action.Scope) {
	m.current, m.back = s, nil
}

// open brings a screen to the front from which esc leads back.
func (m *model) open(s action.Scope) {
	m.back = append(m.back, m.current)
	m.current = s
}

// openMount shows a mount among the mounts of its namespace.
func (m *model) openMount(r graph.Ref) {
	m.mounts.Select(r)
	m.open(action.Mounts)
}

// stepBack undoes the last step inwards.
func (m *model) stepBack() {
	switch s := m.screen(); {
	case s.Back():
	case s.Filter().Active():
		s.SetFilter("")
	case m.asked != nil:
		m.asked = nil
	case m.marked.Len() > 0:
		m.marked.Clear()
	case m.what != nil && len(m.back) <= m.what.depth:
		m.leaveWhatIf()
	case len(m.back) > 0:
		m.current = m.back[len(m.back)-1]
		m.back = m.back[:len(m.back)-1]
	default:
		m.note = "there is nothing to step back from; q leaves"
	}
}
