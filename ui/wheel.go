package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// wheel merges the events of the mouse wheel, of which a touchpad sends hundreds a
// second, into one for each frame, and drops the motions and releases that nobody
// looks at: each message that gets through costs a drawing of the screen.
//
// Its filter runs in the event loop only.
type wheel struct {
	send    func(tea.Msg)
	waiting bool // a frame has not passed since the last event that got through
	pending WheeledMsg
}

// WheeledMsg says that the wheel was turned by some rows, down if positive.
type WheeledMsg struct{ X, Y, Rows int }

// framePassedMsg ends the time in which events are merged. It never reaches the
// model.
type framePassedMsg struct{}

const (
	frame     = time.Second / 60
	wheelRows = 3
)

func (w *wheel) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		return nil
	case tea.MouseWheelMsg:
		rows := 0
		switch msg.Button {
		case tea.MouseWheelUp:
			rows = -wheelRows
		case tea.MouseWheelDown:
			rows = wheelRows
		}
		w.pending = WheeledMsg{msg.X, msg.Y, w.pending.Rows + rows}
		if w.waiting {
			return nil
		}
		return w.pass()
	case framePassedMsg:
		w.waiting = false
		return w.pass()
	}
	return msg
}

// pass lets what was merged through.
func (w *wheel) pass() tea.Msg {
	if w.pending.Rows == 0 {
		return nil
	}
	msg := w.pending
	w.pending, w.waiting = WheeledMsg{}, true
	time.AfterFunc(frame, func() { w.send(framePassedMsg{}) })
	return msg
}
