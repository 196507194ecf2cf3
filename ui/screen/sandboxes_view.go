package screen

import (
	"cmp"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

var sandboxColumns = []kit.Column{
	{Title: "NAME", Width: 12, Grow: 2},
	{Title: "STATE", Width: 9},
	{Title: "PROPAGATION", Width: 11},
	{Title: "OWN", Width: 8, Drop: 3},
	{Title: "ROOT", Width: 14, Grow: 3, Drop: 2},
	{Title: "MOUNTS", Width: 6, Right: true},
	{Title: "PROCS", Width: 5, Right: true},
	{Title: "IN", Width: 6, Grow: 1, Drop: 5},
	{Title: "LIVES", Width: 17, Drop: 4},
}

// ownColumn shows the kinds of namespaces that a sandbox has of its own.
const ownColumn = 3

// View implements Screen.
func (s *Sandboxes) View() []string {
	list := s.drawList(rows{
		title: "Sandboxes", note: s.position(), count: len(s.rows), head: s.head, row: s.row,
		none: cmp.Or(s.failed, s.hint, "there is no sandbox"),
	})
	return s.join(list, s.drawDetail("Sandbox"))
}

func (s *Sandboxes) head() string { return s.heads(sandboxColumns, s.widths, 2) }

func (s *Sandboxes) row(i int) string {
	th, b := s.theme, &s.boxes[s.rows[i].item]
	ground, mark := s.ground(i)
	line := kit.NewLine(th, ground, s.listArea.W-2)
	light := s.spaceLight(b.NS)
	s.drawCursor(line, th.Accent, mark, light)
	mounts, processes := "?", "?"
	switch {
	case b.ns >= 0:
		mounts, processes = kit.Count(s.host.mountsIn(b.ns)), kit.Count(s.host.Namespace(b.ns).ProcessCount)
	case b.State == sandbox.Stale:
		mounts, processes = "-", "-"
	}
	sign, style := s.stateLook(b)
	cells := []kit.Span{
		{},
		{Style: style, Text: sign + " " + s.state(b)},
		{Style: th.Text, Text: known(string(b.Propagation))},
		{Style: th.Dim, Text: known(own(b))},
		{Style: th.Text, Text: s.shortRoot(b)},
		{Style: th.Text, Text: mounts},
		{Style: th.Text, Text: processes},
		{Style: th.Dim, Text: cmp.Or(nsctl.Printable(b.In), "-")},
		{Style: th.Dim, Text: s.lives(b)},
	}
	for c, cell := range cells {
		switch {
		case s.widths[c] == 0:
			continue
		case c == 0:
			s.drawName(line, i, light)
		case sandboxColumns[c].Right:
			line.Right(cell.Style, cell.Text, s.widths[c])
		default:
			line.Cell(cell.Style, cell.Text, s.widths[c])
		}
		line.Add(th.Text, " ")
	}
	return line.String()
}

// drawName draws the name with what leads to it in the tree.
func (s *Sandboxes) drawName(line *kit.Line, i int, light light) {
	th, g := s.theme, s.theme.Glyphs
	branch := guides(s.rows, i, g.TreeBranch, g.TreeLast, g.TreeLine, g.TreeGap)
	width := s.widths[0]
	branch, used := th.Fit(branch, width)
	line.Add(th.Faint, branch)
	name, end := th.Fit(nsctl.Printable(s.boxes[s.rows[i].item].Name), width-used)
	style := s.lighten(th.Strong, light)
	line.Marked(style, name, s.query.Mark()).Cell(style, "", width-used-end)
}

func known(text string) string { return cmp.Or(nsctl.Printable(text), "?") }

// own are the kinds of namespaces that a sandbox has of its own.
func own(b *box) string { return strings.Join(b.Namespaces, ",") }

// state is a sandbox's state in a word.
func (s *Sandboxes) state(b *box) string {
	switch {
	case b.State == sandbox.Stale:
		return "stale"
	case b.NS == 0 && !b.foreign:
		return "making"
	case b.Kept:
		return "kept"
	}
	return "running"
}

func (s *Sandboxes) stateLook(b *box) (sign string, style theme.Style) {
	th := s.theme
	switch {
	case b.State == sandbox.Stale:
		return th.Glyphs.Warning, th.Warn
	case b.NS == 0 && !b.foreign:
		return th.Glyphs.Light[0], th.Dim
	case b.Kept:
		return th.Glyphs.Stopped, th.Accent
	}
	return th.Glyphs.Live, th.Good
}

// lives says how long a sandbox lives.
func (s *Sandboxes) lives(b *box) string {
	switch {
	case b.foreign:
		return "?"
	case b.State == sandbox.Stale:
		return "-"
	case b.Kept:
		return "until removed"
	case s.ours[b.key()]:
		return "with this program"
	case b.In != "":
		return "with its outer"
	}
	return "with its maker"
}

// shortRoot is what its root file system is, as short as it gets.
func (s *Sandboxes) shortRoot(b *box) string {
	switch {
	case b.foreign:
		return "?"
	case b.Root == "":
		return "the host's"
	}
	text := nsctl.Printable(cmp.Or(b.From, b.Root))
	if at := strings.LastIndexByte(text, '/'); at >= 0 && at < len(text)-1 {
		text = text[at+1:]
	}
	if w := s.walkOf(b); len(w.steps) > 0 {
		text = number(w.taken()) + "/" + number(len(w.steps)) + " " + text
	}
	return text
}
