package ui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

func TestLeavingWaitsForTheTerminal(t *testing.T) {
	answer := uv.PrimaryDeviceAttributesEvent{62}
	question := tea.RawMsg{Msg: "\x1b[c"}
	for _, tc := range []struct {
		name     string
		msgs     []tea.Msg
		filtered []tea.Msg
	}{
		{"quit", []tea.Msg{tea.QuitMsg{}, answer}, []tea.Msg{question, tea.QuitMsg{}}},
		{"suspend, twice", []tea.Msg{tea.SuspendMsg{}, answer, tea.SuspendMsg{}, answer}, []tea.Msg{question, tea.SuspendMsg{}, question, tea.SuspendMsg{}}},
		{"keys meanwhile", []tea.Msg{tea.QuitMsg{}, key("j"), answer}, []tea.Msg{question, key("j"), tea.QuitMsg{}}},
		{"no answer", []tea.Msg{tea.QuitMsg{}, overdueMsg{1}}, []tea.Msg{question, tea.QuitMsg{}}},
		{"an impatient user", []tea.Msg{tea.SuspendMsg{}, tea.QuitMsg{}}, []tea.Msg{question, tea.QuitMsg{}}},
		{"time that was for another attempt", []tea.Msg{tea.SuspendMsg{}, answer, tea.QuitMsg{}, overdueMsg{1}, overdueMsg{2}}, []tea.Msg{question, tea.SuspendMsg{}, question, nil, tea.QuitMsg{}}},
		{"an answer to nothing", []tea.Msg{answer, overdueMsg{0}}, []tea.Msg{nil, nil}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := leave{send: func(tea.Msg) {}}
			for i, msg := range tc.msgs {
				if got := l.filter(msg); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", tc.filtered[i]) {
					t.Errorf("message %d, %#v, becomes %#v, want %#v", i, msg, got, tc.filtered[i])
				}
			}
		})
	}
}
