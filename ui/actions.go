package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
	"mntscope/ui/theme"
)

type act = action.Action[*model]

// newRegistry is the table of everything that the explorer can do. The footer shows
// the hints in this order.
func newRegistry(readOnly, replay bool) *action.Registry[*model] {
	all := actions()
	if replay {
		all = withReplay(all)
	}
	return action.New(readOnly, all)
}

func actions() []act {
	var all []act
	for _, some := range [][]act{everywhere(), onNamespaces(), onTrees(), thinking(), onChanges(), onMountPoints(), onMounts(), onEvents(), onSandboxes(), afterChanges(), questions(), movements(), ending()} {
		all = append(all, some...)
	}
	return all
}

// then makes the run of an action that has nothing to command.
func then(f func(m *model)) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		f(m)
		return nil
	}
}

func everywhere() []act {
	all := action.Everywhere
	return []act{
		{ID: "help", Title: "Help for this screen; type to search it", Hint: "help", Keep: true, Keys: []string{"?"}, Scope: all, Run: then((*model).showHelp)},
		{ID: "palette", Title: "Every action by name", Hint: "palette", Keep: true, Keys: []string{":"}, Scope: all, Run: then((*model).showPalette)},
		{ID: "open", Title: "Open it: the mounts of a namespace or sandbox, a mount's group, a member's mount, an operation", Hint: "open", Keys: []string{"enter"}, Scope: all, Why: (*model).whyNotOpen, Run: (*model).openSelected},
		{ID: "filter", Title: "Filter by path, type, source, name, shared:5, slave, hidden, leaked; events by ns: kind: path: by: pid:", Hint: "filter", Keys: []string{"/"}, Scope: all, Run: then((*model).startFilter)},
		{ID: "next", Title: "Next match of the filter, difference or mark", Keys: []string{"n"}, Scope: all &^ action.Sandboxes, Why: (*model).whyNoMatch, Run: then(func(m *model) { m.nextMatch(1) })},
		{ID: "previous", Title: "Previous match, difference or mark", Keys: []string{"N"}, Scope: all &^ action.Sandboxes, Why: (*model).whyNoMatch, Run: then(func(m *model) { m.nextMatch(-1) })},
		{ID: "namespaces", Title: "Screen 1: the mount namespaces of the host", Keys: []string{"1"}, Scope: all, Run: then(func(m *model) { m.show(action.Namespaces) })},
		{ID: "mounts", Title: "Screen 2: the mount tree of a namespace", Keys: []string{"2"}, Scope: all, Run: then(func(m *model) { m.show(action.Mounts) })},
		{ID: "peers", Title: "Screen 3: peer groups, and who receives from them", Keys: []string{"3"}, Scope: all, Run: then(func(m *model) { m.show(action.Peers) })},
		{ID: "events", Title: "Screen 4: what happens, and where it reaches", Keys: []string{"4"}, Scope: all, Run: then(func(m *model) { m.show(action.Events) })},
		{ID: "sandboxes", Title: "Screen 5: the sandboxes, namespaces to try things in", Keys: []string{"5"}, Scope: all, Run: (*model).showSandboxes},
		{ID: "copy", Title: "Copy the path, the id or the equivalent command", Hint: "copy", Keys: []string{"y"}, Scope: all, Why: (*model).whyNoCopy, Run: then((*model).showCopies)},
		{ID: "gaps", Title: "What could not be read, and why", Keys: []string{"e"}, Scope: all, Why: (*model).whyNoGaps, Run: then((*model).showGaps)},
		{ID: "rescan", Title: "Read the host again from the beginning", Keys: []string{"r"}, Scope: all, Why: (*model).whyNoRescan, Run: then((*model).rescan)},
	}
}

func onNamespaces() []act {
	return []act{
		{ID: "sort", Title: "Sort by the next of number, name, mounts, processes, standing", Hint: "sort", Keys: []string{"s"}, Scope: action.Namespaces, Run: then(func(m *model) {
			m.note = "sorted by " + m.namespaces.SortNext()
		})},
		{ID: "enter namespace", Title: "Show the mounts of the namespace", Keys: []string{"right", "l"}, Scope: action.Namespaces | action.Sandboxes, Why: (*model).whyNotOpen, Run: (*model).openSelected},
	}
}

func onTrees() []act {
	trees := action.Mounts | action.Peers | action.Events
	return []act{
		{ID: "fold", Title: "Fold what is below, or go to the parent", Keys: []string{"left", "h"}, Scope: trees, Run: then(func(m *model) { m.tree().Fold() })},
		{ID: "unfold", Title: "Unfold what is below, or go into it", Keys: []string{"right", "l"}, Scope: trees, Run: then(func(m *model) { m.tree().Unfold() })},
		{ID: "toggle", Title: "Fold or unfold", Keys: []string{"space"}, Scope: trees, Run: then(func(m *model) { m.tree().Toggle() })},
		{ID: "fold all", Title: "Fold everything, or unfold everything", Keys: []string{"z"}, Scope: trees, Run: then(func(m *model) { m.tree().FoldAll() })},
	}
}

func thinking() []act {
	return []act{
		{ID: "what if", Title: "What if: show what an operation would do to every namespace", Hint: "what if", Keys: []string{"p"}, Scope: action.Mounts | action.Peers, Why: (*model).whyNoWhatIf, Run: (*model).askWhatIf},
	}
}

func onMounts() []act {
	only := action.Mounts
	return []act{
		{ID: "compare", Title: "Line a second namespace up beside this one, or stop", Hint: "compare", Keys: []string{"v"}, Scope: only, Why: (*model).whyNoCompare, Run: then((*model).compare)},
		{ID: "differences", Title: "In a comparison: show only what differs", Hint: "differences", Keep: true, Keys: []string{"o"}, Scope: only, Why: (*model).whyNotComparing, Run: then(func(m *model) { m.mounts.OnlyDifferences() })},
		{ID: "swap", Title: "In a comparison: exchange the two sides", Hint: "swap", Keep: true, Keys: []string{"x"}, Scope: only, Why: (*model).whyNotComparing, Run: then(func(m *model) { m.mounts.Swap() })},
		{ID: "choose", Title: "Choose the namespace to show", Hint: "namespace", Keys: []string{"c"}, Scope: only, Why: (*model).whyNoNamespaces, Run: then((*model).chooseShown)},
		{ID: "previous namespace", Title: "Show the previous namespace", Keys: []string{"["}, Scope: only, Why: (*model).whyNoNamespaces, Run: then(func(m *model) { m.turnNamespace(-1) })},
		{ID: "mark", Title: "Mark the mount, to change several at once, or unmark it", Keys: []string{"*"}, Scope: only, Danger: true, Why: (*model).whyNoMark, Run: then((*model).mark)},
		{ID: "next namespace", Title: "Show the next namespace", Keys: []string{"]"}, Scope: only, Why: (*model).whyNoNamespaces, Run: then(func(m *model) { m.turnNamespace(1) })},
	}
}

func onEvents() []act {
	only := action.Events
	return []act{
		{ID: "freeze", Title: "Freeze the picture while recording goes on, or let it move on", Hint: "freeze", Keep: true, Keys: []string{"f"}, Scope: only, Why: (*model).whyNoFreeze, Run: then(func(m *model) { m.note = m.events.Freeze() })},
		{ID: "group of event", Title: "To the peer group of the mount that an event is about", Hint: "peers", Keys: []string{"P"}, Scope: only, Why: (*model).whyNoGroup, Run: then((*model).openGroup)},
	}
}

func onSandboxes() []act {
	only := action.Sandboxes
	return []act{
		{ID: "new sandbox", Title: "Make a sandbox", Hint: "new", Keep: true, Keys: []string{"n"}, Scope: only, Danger: true, Run: then((*model).newSandbox)},
		{ID: "shell", Title: "Open a shell in the namespace, and come back", Hint: "shell", Keys: []string{"!"}, Scope: only | action.Namespaces | action.Mounts, Danger: true, Why: (*model).whyNoShell, Run: (*model).openShell},
		{ID: "next step", Title: "Take the next step to the sandbox's root", Hint: "step", Keys: []string{"s"}, Scope: only, Danger: true, Why: (*model).whyNoNextStep, Run: (*model).nextStep},
		{ID: "all steps", Title: "Take all steps that are left", Keys: []string{"S"}, Scope: only, Danger: true, Why: (*model).whyNoNextStep, Run: func(m *model) tea.Cmd { return m.takeStep("", true) }},
		{ID: "choose step", Title: "Choose a step to take, also out of order, or see again what it did", Keys: []string{"c"}, Scope: only, Danger: true, Why: (*model).whyNoStep, Run: then((*model).chooseStep)},
		{ID: "remove", Title: "Remove the sandbox, and all that is in it", Hint: "remove", Keys: []string{"x"}, Scope: only, Danger: true, Why: (*model).whyNoSandbox, Run: then((*model).askRemove)},
		{ID: "remove stale", Title: "Remove what is left of sandboxes whose keeper has ended", Keys: []string{"X"}, Scope: only, Danger: true, Why: (*model).whyNoStale, Run: then((*model).askRemoveStale)},
	}
}

// questions come behind what the screens are made for: where there is no room, their hints
// go first.
func questions() []act {
	return []act{
		{ID: "why", Title: "Why: pick a mount, then another namespace, to see why it is not there", Hint: "why", Keys: []string{"w"}, Scope: action.Namespaces | action.Mounts | action.Peers, Why: (*model).whyNoWhy, Run: (*model).askWhy},
		{ID: "holders", Title: "Who still holds this filesystem, and what would release it", Hint: "holders", Keys: []string{"H"}, Scope: action.Mounts | action.Peers, Why: (*model).whyNoHolders, Run: (*model).askHolders},
	}
}

func movements() []act {
	all := action.Everywhere
	return []act{
		{ID: "down", Title: "Down", Keys: []string{"down", "j"}, Scope: all, Run: then(func(m *model) { m.screen().Move(1) })},
		{ID: "up", Title: "Up", Keys: []string{"up", "k"}, Scope: all, Run: then(func(m *model) { m.screen().Move(-1) })},
		{ID: "half down", Title: "Half a page down", Keys: []string{"ctrl+d", "pgdown"}, Scope: all, Run: then(func(m *model) { m.screen().Page(1) })},
		{ID: "half up", Title: "Half a page up", Keys: []string{"ctrl+u", "pgup"}, Scope: all, Run: then(func(m *model) { m.screen().Page(-1) })},
		{ID: "first", Title: "To the first row", Keys: []string{"g", "home"}, Scope: all, Run: then(func(m *model) { m.screen().Ends(false) })},
		{ID: "last", Title: "To the last row", Keys: []string{"G", "end"}, Scope: all, Run: then(func(m *model) { m.screen().Ends(true) })},
		{ID: "focus", Title: "To the detail pane, to scroll it, and back", Keys: []string{"tab", "shift+tab"}, Scope: all, Run: then(func(m *model) { m.screen().FocusNext() })},
		{ID: "detail", Title: "Hide or show the detail pane", Keys: []string{"d"}, Scope: all, Run: then((*model).toggleDetail)},
		{ID: "back", Title: "One step back", Keys: []string{"esc"}, Scope: all, Run: then((*model).stepBack)},
	}
}

// ending holds what is needed least.
func ending() []act {
	all := action.Everywhere
	list := []act{
		{ID: "mouse", Title: "Mouse off, so that the terminal can select text, or on", Keys: []string{"m"}, Scope: all, Run: then((*model).toggleMouse)},
		{ID: "suspend", Title: "Suspend; the shell's fg comes back", Keys: []string{"ctrl+z"}, Scope: all, Run: func(*model) tea.Cmd { return tea.Suspend }},
		{ID: "quit", Title: "Leave", Hint: "quit", Keep: true, Keys: []string{"q", "ctrl+c"}, Scope: all, Run: func(*model) tea.Cmd { return tea.Quit }},
	}
	for _, name := range theme.Names() {
		list = append(list, act{ID: "theme " + name, Title: "Theme: " + name, Scope: all, Why: (*model).whyNoTheme, Run: then(func(m *model) { m.setTheme(name) })})
	}
	return list
}
