package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// leave delays the end of the program, and its suspension, until the terminal has
// answered all that it was asked: by us for its background, by Bubble Tea for its modes and
// its keyboard. An answer that comes later is read by the shell, which takes it for what
// somebody types (github.com/charmbracelet/bubbletea/issues/1590). Terminals answer in the
// order of the questions, so one more is asked that each of them answers.
//
// Its filter runs in the event loop only.
type leave struct {
	send    func(tea.Msg)
	how     tea.Msg // what was delayed; nil: nothing
	attempt int
}

// overdueMsg says that the terminal had its time to answer. It never reaches the model.
type overdueMsg struct{ attempt int }

// answerTime is how long a terminal is waited for that is far away, or does not answer.
const answerTime = time.Second

func (l *leave) filter(msg tea.Msg) tea.Msg {
	switch m := msg.(type) {
	case tea.QuitMsg, tea.SuspendMsg:
		if l.how != nil {
			return l.now(msg) // asked for twice
		}
		l.how = msg
		l.attempt++
		overdue := overdueMsg{l.attempt}
		time.AfterFunc(answerTime, func() { l.send(overdue) })
		return tea.Raw(ansi.RequestPrimaryDeviceAttributes)()
	case uv.PrimaryDeviceAttributesEvent:
		return l.now(l.how)
	case overdueMsg:
		if m.attempt == l.attempt {
			return l.now(l.how)
		}
		return nil
	}
	return msg
}

// now lets what was delayed pass, if anything was.
func (l *leave) now(how tea.Msg) tea.Msg {
	l.how = nil
	return how
}
