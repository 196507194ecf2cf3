package ui

import (
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// Recording is what can be replayed: a host, and the steps in which it changed, each of
// one operation. Its methods are called from one goroutine at a time.
type Recording interface {
	Ready() *nsctl.Event           // the first event, which says with what was listened
	Len() int                      // the number of steps
	Events(step int) []nsctl.Event // of a step, from 1 to Len; at least one
	// At gives the host as it was after a step; 0 is before the first.
	At(step int) (*nsctl.Snapshot, error)
	// Stopped says why the recording ends earlier than it should, or is empty.
	Stopped() string
}

// player goes through a recording.
type player struct {
	mu  sync.Mutex // held by the commands that use the recording
	rec Recording

	times   []time.Time // of the states: of each step, after that of the beginning
	step    int         // the one that is shown
	wanted  int         // the one that is to be shown
	seeking bool        // a command is working it out
	playing bool
	speed   int // index into speeds
	tick    int // of the last tick that was asked for: others are stale
}

// speeds are those of playing. Time that passed without an event counts for at most
// longestGap.
var speeds = [...]float64{0.25, 0.5, 1, 2, 4, 8, 16, 32}

const (
	normalSpeed = 2
	longestGap  = 2 * time.Second
	// shortestTick is how long a state is shown at least: of more in that time, the last.
	shortestTick = 100 * time.Millisecond
	jump         = 10 // steps
)

func newPlayer(rec Recording) *player {
	p := &player{rec: rec, speed: normalSpeed, step: -1, times: make([]time.Time, rec.Len()+1)}
	p.times[0] = rec.Ready().Time
	for step := 1; step < len(p.times); step++ {
		p.times[step] = rec.Events(step)[0].Time
	}
	return p
}

func (p *player) last() int { return len(p.times) - 1 }

// at gives the state after a step, for commands.
func (p *player) at(step int) (*nsctl.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rec.At(step)
}

// SteppedMsg brings the host as it was after a step of the recording.
type SteppedMsg struct {
	step int
	host *screen.Host
	lit  *screen.Batch // what changed on the way there; nil after a long jump
	err  error
}

// RecordedMsg brings what is in the recording, told as operations.
type RecordedMsg struct{ batch *screen.Batch }

// openRecording gives the commands that a replay begins with.
func (m *model) openRecording() tea.Cmd {
	p := m.player
	m.note = nsctl.Printable(p.rec.Stopped())
	return tea.Batch(m.seek(0), func() tea.Msg {
		p.mu.Lock()
		defer p.mu.Unlock()
		return RecordedMsg{screen.NewRecorded(p.rec.Ready(), p.rec.Len(), p.rec.Events)}
	})
}

func (m *model) recorded(msg RecordedMsg) {
	p := m.player
	m.events.Replay(msg.batch, func(step int) (*nsctl.Snapshot, error) { return p.at(step - 1) })
	m.events.Step(max(p.step, 0))
}

// seek gives the command that brings the host as it was after a step. While one is on its
// way no other is sent: stepped sends the next.
func (m *model) seek(step int) tea.Cmd {
	p := m.player
	p.wanted = min(max(step, 0), p.last())
	if p.seeking || p.wanted == p.step {
		return nil
	}
	p.seeking = true
	from, to, self := p.step, p.wanted, m.options.Self
	return func() tea.Msg {
		s, err := p.at(to)
		if err != nil {
			return SteppedMsg{step: to, err: err}
		}
		n := len(s.Namespaces)
		return SteppedMsg{step: to, host: screen.NewHost(s, self, n, n), lit: p.lit(from, to)}
	}
}

// stepped shows the host as it was after a step.
func (m *model) stepped(msg SteppedMsg) tea.Cmd {
	p := m.player
	p.seeking = false
	if msg.err != nil {
		p.playing, p.wanted = false, p.step
		m.note = nsctl.Printable(msg.err.Error())
		return nil
	}
	p.step = msg.step
	m.events.Step(p.step)
	if msg.lit != nil {
		m.lights.Add(msg.lit)
	}
	cmds := []tea.Cmd{m.take(msg.host), m.fadeLater(), m.seek(p.wanted)}
	if m.overlay != nil {
		cmds = append(cmds, m.overlay.refresh(m))
	}
	if p.wanted == p.step {
		cmds = append(cmds, m.playOn())
	}
	return tea.Batch(cmds...)
}

// maxLitSteps is how long a jump may be for what changed in it to light up.
const maxLitSteps = 100

// lit gives what changed on the way from one step to another, for commands.
func (p *player) lit(from, to int) *screen.Batch {
	first, last := min(from, to)+1, max(from, to)
	if from < 0 || last-first >= maxLitSteps {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var events []nsctl.Event
	for step := first; step <= last; step++ {
		events = append(events, p.rec.Events(step)...)
	}
	return screen.NewLit(events)
}

// playTickMsg says that it is time for the next step.
type playTickMsg struct{ tick int }

// next is the step to be shown next, and how long after the last.
func (p *player) next() (step int, after time.Duration) {
	for step = p.step; step < p.last(); {
		step++
		gap := min(max(p.times[step].Sub(p.times[step-1]), 0), longestGap)
		after += time.Duration(float64(gap) / speeds[p.speed])
		if after >= shortestTick {
			break
		}
	}
	return step, max(after, shortestTick)
}

// playOn gives the command that waits for the next step, if the recording is playing.
func (m *model) playOn() tea.Cmd {
	p := m.player
	if !p.playing {
		return nil
	}
	if p.step == p.last() {
		p.playing = false
		return nil
	}
	p.tick++
	_, after := p.next()
	return m.after(after, playTickMsg{p.tick})
}

func (m *model) played(msg playTickMsg) tea.Cmd {
	p := m.player
	if !p.playing || msg.tick != p.tick {
		return nil
	}
	step, _ := p.next()
	return m.seek(step)
}

// play begins to play, from the beginning if the end is shown, or pauses.
func (m *model) play() tea.Cmd {
	p := m.player
	p.playing = !p.playing
	if p.playing && p.step == p.last() {
		return m.seek(0)
	}
	return m.playOn()
}

func (m *model) changeSpeed(by int) tea.Cmd {
	p := m.player
	p.speed = min(max(p.speed+by, 0), len(speeds)-1)
	return m.playOn()
}
