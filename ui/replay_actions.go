package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
	"mntscope/ui/kit"
)

func (p *player) speedText() string {
	return fmt.Sprintf("%g", speeds[p.speed])
}

// replayLine says where in the recording the picture is, in as much room as there is.
func (m *model) replayLine(room int) string {
	p, th := m.player, m.theme
	step := max(p.step, 0)
	where := "step " + kit.Count(step) + "/" + kit.Count(p.last())
	when := p.times[step].Local().Format("15:04:05")
	how := "paused"
	if p.playing {
		how = "playing"
	}
	speed := th.Glyphs.Times + p.speedText()
	return m.firstThatFits(room, ", ", []string{where, when, speed + " " + how}, []string{where, when, speed}, []string{where, speed}, []string{where})
}

// onReplay are the actions that a replay has besides.
func onReplay() []act {
	all := action.Everywhere
	step := func(by int) func(*model) tea.Cmd {
		return func(m *model) tea.Cmd { return m.seek(m.player.wanted + by) }
	}
	return []act{
		{ID: "play", Title: "Replay: play, or pause", Hint: "play", Keep: true, Keys: []string{"a"}, Scope: all, Run: (*model).play},
		{ID: "step", Title: "Replay: one step forward", Hint: "step", Keys: []string{"."}, Scope: all, Run: step(1)},
		{ID: "step back", Title: "Replay: one step back", Hint: "back", Keys: []string{","}, Scope: all, Run: step(-1)},
		{ID: "steps", Title: "Replay: ten steps forward", Keys: []string{"}"}, Scope: all, Run: step(jump)},
		{ID: "steps back", Title: "Replay: ten steps back", Keys: []string{"{"}, Scope: all, Run: step(-jump)},
		{ID: "replay end", Title: "Replay: to the end of the recording", Keys: []string{")"}, Scope: all, Run: func(m *model) tea.Cmd { return m.seek(m.player.last()) }},
		{ID: "replay start", Title: "Replay: to the beginning of the recording", Keys: []string{"("}, Scope: all, Run: func(m *model) tea.Cmd { return m.seek(0) }},
		{ID: "faster", Title: "Replay: faster", Keys: []string{">"}, Scope: all, Run: func(m *model) tea.Cmd { return m.changeSpeed(1) }},
		{ID: "slower", Title: "Replay: slower", Keys: []string{"<"}, Scope: all, Run: func(m *model) tea.Cmd { return m.changeSpeed(-1) }},
	}
}

// withReplay puts the actions of a replay before those that move, and leaves out what only
// a host that goes on can do, or could be done to one: keys of that are used again.
func withReplay(all []act) []act {
	all = slices.DeleteFunc(all, func(a act) bool { return a.Danger || a.ID == "freeze" || a.ID == "rescan" })
	at := slices.IndexFunc(all, func(a act) bool { return a.ID == "down" })
	return slices.Insert(all, at, onReplay()...)
}
