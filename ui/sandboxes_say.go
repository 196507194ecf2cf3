package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

func (f *forming) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	area = f.Area(m.layout.w, m.layout.h)
	lines, x, y = f.Draw(m.theme, area, f.say(m.theme, f.TextWidth(area)))
	if f.making {
		x = -1
	}
	return lines, area, x, y
}

// say gives the lines below the fields: how far it is, or what is wrong, or else what the field
// means, and the commands that would do the same.
func (f *forming) say(th *theme.Theme, width int) []string {
	p := &kit.Page{Theme: th, Ground: theme.Raised, Width: width}
	switch {
	case f.making:
		text := "making it"
		if told := f.told.Load(); told != nil && *told != "" {
			text = kit.Typed(*told)
		}
		p.Text(0, kit.Span{Style: th.Accent, Text: th.Glyphs.Live + " "}, kit.Span{Style: th.Text, Text: text}, kit.Span{Style: th.Dim, Text: "  esc stops it"})
		return p.Lines
	case f.wrong != "":
		p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.Warning + " "}, kit.Span{Style: th.Text, Text: f.wrong})
	case len(f.offers) > 0:
		p.Text(0, kit.Span{Style: th.Text, Text: strings.Join(f.offers, "  ")})
	default:
		p.Text(0, kit.Span{Style: th.Dim, Text: f.Focus().Says()})
	}
	w := f.wanted()
	p.Gap()
	p.Text(0, kit.Span{Style: th.Key, Text: nsctl.SafeShellLine(w.command())})
	if w.In == "" {
		p.Text(0, kit.Span{Style: th.Dim, Text: "begins as " + nsctl.SafeShellLine(w.unshare())})
	}
	return p.Lines
}

// command is what makes such a sandbox from a shell.
func (w *NewSandbox) command() []string {
	words := []string{"mntscope", "sandbox", "new"}
	if w.Name != "" {
		words = append(words, w.Name)
	}
	if w.RootFrom != "" {
		words = append(words, "--root", w.RootFrom)
		if w.Steps == 0 {
			words = append(words, "--steps", "0")
		}
	}
	if w.Propagation != sandbox.Private {
		words = append(words, "--propagation", string(w.Propagation))
	}
	for _, kind := range w.kinds() {
		words = append(words, "--"+kind)
	}
	if w.In != "" {
		words = append(words, "--in", w.In)
	}
	if w.Keep {
		words = append(words, "--keep")
	}
	return words
}

// kinds are the other namespaces, by the names of the flags.
func (w *NewSandbox) kinds() []string {
	var kinds []string
	for _, kind := range []struct {
		on   bool
		name string
	}{{w.UserNS, "user-ns"}, {w.PID, "pid"}, {w.UTS, "uts"}, {w.IPC, "ipc"}, {w.Net, "net"}, {w.Cgroup, "cgroup"}} {
		if kind.on {
			kinds = append(kinds, kind.name)
		}
	}
	return kinds
}

// unshare is how util-linux makes the same namespaces.
func (w *NewSandbox) unshare() []string {
	words := []string{"unshare", "--mount", "--propagation", string(w.Propagation)}
	for _, kind := range w.kinds() {
		switch kind {
		case "user-ns":
			words = append(words, "--map-root-user")
		case "pid":
			words = append(words, "--pid", "--fork")
		default:
			words = append(words, "--"+kind)
		}
	}
	return words
}

// complete gives the command that completes the path.
func (f *forming) complete(m *model) tea.Cmd {
	begun := f.Fields[fieldPath].Input.Value()
	ctx, paths := m.ctx, m.options.Workshop.Paths
	return func() tea.Msg { return PathsFoundMsg{f, begun, paths(ctx, begun)} }
}

// pathsFound takes what all of the paths have in common, and lists them if they are several.
func (m *model) pathsFound(msg PathsFoundMsg) {
	f := msg.of
	input := &f.Fields[fieldPath].Input
	if m.overlay != overlay(f) || input.Value() != msg.begun || f.making {
		return // it was closed, or something else was typed since
	}
	f.wrong, f.offers = "", nil
	if len(msg.paths) == 0 {
		f.wrong = "there is no directory and no tarball whose path begins so"
		return
	}
	common := msg.paths[0]
	for _, path := range msg.paths[1:] {
		for !strings.HasPrefix(path, common) {
			common = common[:len(common)-1]
		}
	}
	if strings.HasPrefix(common, msg.begun) {
		input.Set(strings.ToValidUTF8(common, ""))
	}
	if len(msg.paths) == 1 {
		return
	}
	for _, path := range msg.paths {
		path = strings.TrimSuffix(path, "/")
		f.offers = append(f.offers, nsctl.Printable(path[strings.LastIndexByte(path, '/')+1:]))
	}
}
