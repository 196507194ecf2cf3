package screen

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

var namespaceColumns = []kit.Column{
	{Title: "KIND", Width: 9},
	{Title: "NAME", Width: 12, Grow: 3},
	{Title: "NAMESPACE", Width: 10, Drop: 1},
	{Title: "PROCS", Width: 5, Right: true, Drop: 3},
	{Title: "OWNER", Width: 9, Grow: 1, Drop: 4},
	{Title: "MOUNTS", Width: 6, Right: true},
	{Title: "STANDING", Width: 16},
	{Title: "HELD BY", Width: 14, Grow: 2, Drop: 5},
}

// View implements Screen.
func (s *Namespaces) View() []string {
	list := s.drawList(rows{
		title: s.title(), note: s.position(), count: len(s.rows), head: s.head, row: s.row,
		none: "no mount namespace could be read; the gaps say why",
	})
	return s.join(list, s.drawDetail("Namespace"))
}

func (s *Namespaces) title() string {
	title := "Mount namespaces"
	if s.sort > 0 {
		title += " by " + sortings[s.sort].name
	}
	return title
}

func (s *Namespaces) head() string { return s.heads(s.columns(), s.widths, 2) }

func (s *Namespaces) row(i int) string {
	h, th := s.host, s.theme
	ns := s.rows[i]
	n := h.Namespace(ns)
	ground, mark := s.ground(i)
	line := kit.NewLine(th, ground, s.listArea.W-2)
	light := s.spaceLight(n.NS)
	s.drawCursor(line, th.Accent, mark, light)
	name := th.Text
	if ns == h.Start {
		name = th.Strong
	}
	name = s.lighten(name, light)
	glyph, standing := standingLook(th, h.Relations[ns].Standing)
	columns := s.columns()
	cells := []kit.Span{
		{Style: th.Kind[n.Kind], Text: nsctl.Printable(string(n.Kind))},
		{Style: name, Text: h.Label(ns)},
		{Style: th.Dim, Text: nsNumber(n.NS)},
		{Style: th.Text, Text: kit.Count(n.ProcessCount)},
		{Style: th.Dim, Text: shortOwner(h, n, s.widths[ownerColumn])},
		{Style: th.Text, Text: kit.Count(h.mountsIn(ns))},
		{Style: standing, Text: glyph + " " + h.Relations[ns].Standing.String()},
		{Style: th.Dim, Text: heldBy(n)},
	}
	if h.whatIf != nil {
		cells = slices.Insert(cells, standingColumn, kit.Span{Style: th.Warn, Text: h.Counts(ns).Short(th)})
	}
	for c, cell := range cells {
		switch {
		case s.widths[c] == 0:
			continue
		case c == 1:
			end := s.widths[c]
			text, used := th.Fit(cell.Text, end)
			line.Marked(cell.Style, text, s.query.Mark()).Cell(cell.Style, "", end-used)
		case columns[c].Right:
			line.Right(cell.Style, cell.Text, s.widths[c])
		default:
			line.Cell(cell.Style, cell.Text, s.widths[c])
		}
		line.Add(th.Text, " ")
	}
	return line.String()
}

func nsNumber(n nsctl.NSNumber) string {
	if n == 0 {
		return "?"
	}
	return number(n)
}

// standingLook is the glyph and the colour of a standing.
func standingLook(th *theme.Theme, s Standing) (string, theme.Style) {
	switch s {
	case IsStart:
		return th.Glyphs.Live, th.Accent
	case SameGroups:
		return th.Glyphs.Both, th.Good
	case OnlyReceives:
		return th.Glyphs.FromThere, th.Warn
	case OnlySends:
		return th.Glyphs.ToThere, th.Warn
	case CutOff:
		return th.Glyphs.CutOff, th.Dim
	}
	return "?", th.Faint
}

// describe says everything about a namespace.
func (s *Namespaces) describe(p *kit.Page, ns int) {
	h, th := s.host, s.theme
	n := h.Namespace(ns)
	p.Text(0, kit.Span{Style: th.Strong, Text: h.Label(ns)})
	p.Field("kind", kit.Span{Style: th.Kind[n.Kind], Text: nsctl.Printable(string(n.Kind))})
	if c := n.Container; c != nil {
		p.Field("container", kit.Span{Style: th.Text, Text: nsctl.Printable(c.Manager + " " + c.Name)})
		if c.ID != "" {
			p.Field("", kit.Span{Style: th.Dim, Text: nsctl.Printable(c.ID)})
		}
	}
	number64 := ""
	if n.NSID != 0 {
		number64 = "  id " + number(n.NSID)
	}
	p.Field("namespace", kit.Span{Style: th.Text, Text: n.NS.String()}, kit.Span{Style: th.Dim, Text: number64})
	s.describeOwner(p, n)
	s.describeCounts(p, ns)
	s.describeStanding(p, ns)
	s.describeMounts(p, n)
	s.describeHolders(p, n)
	for _, g := range h.Snapshot().Gaps {
		if g.NS != 0 && g.NS == n.NS {
			p.Field("not read", kit.Span{Style: th.Warn, Text: nsctl.Printable(g.Message)})
		}
	}
}

func (s *Namespaces) describeOwner(p *kit.Page, n *nsctl.Namespace) {
	text := "unknown"
	if n.OwnerUserNS != 0 {
		text = n.OwnerUserNS.String()
	}
	if n.OwnerUID != nil {
		text += " of uid " + number(*n.OwnerUID)
	}
	p.Field("owner", kit.Span{Style: s.theme.Text, Text: text})
}

func (s *Namespaces) describeStanding(p *kit.Page, ns int) {
	h, th := s.host, s.theme
	r := h.Relations[ns]
	glyph, style := standingLook(th, r.Standing)
	p.Heading("Standing to " + startName(h))
	p.Text(0, kit.Span{Style: style, Text: glyph + " " + r.Standing.String()})
	total := len(h.Namespace(ns).Mounts)
	switch r.Standing {
	case IsStart:
		p.Text(2, kit.Span{Style: th.Dim, Text: "the others are seen from here"})
		return
	case UnknownStanding:
		p.Text(2, kit.Span{Style: th.Dim, Text: "its mounts, or those of the start namespace, could not be read"})
		return
	}
	for _, x := range []struct {
		n         int
		one, many string
	}{
		{r.Same, "is in the same peer group: both ways", "are in the same peer groups: both ways"},
		{r.Receives, "only receives from there", "only receive from there"},
		{r.Sends, "sends there, and receives nothing back", "send there, and receive nothing back"},
		{total - r.Same - r.Receives - r.Sends, "has nothing to do with it", "have nothing to do with it"},
	} {
		text := x.many
		if x.n == 1 {
			text = x.one
		}
		if x.n > 0 {
			p.Text(2, kit.Span{Style: th.Text, Text: kit.Count(x.n) + " of " + kit.Plural(total, "mount", "mounts") + " "}, kit.Span{Style: th.Dim, Text: text})
		}
	}
}

func startName(h *Host) string {
	if h.Start < 0 {
		return "the start namespace"
	}
	return h.Label(h.Start)
}

func (s *Namespaces) describeMounts(p *kit.Page, n *nsctl.Namespace) {
	th := s.theme
	var types [5]int
	hidden := 0
	for i := range n.Mounts {
		types[n.Mounts[i].Propagation.Type()]++
		if n.Mounts[i].HiddenBy != 0 {
			hidden++
		}
	}
	p.Heading(kit.Plural(len(n.Mounts), "mount", "mounts"))
	for t, count := range types {
		if count > 0 {
			kind := nsctl.PropagationType(t)
			p.Text(2, kit.Span{Style: th.Propagation[t], Text: badge(th, kind) + " "},
				kit.Span{Style: th.Text, Text: kit.Count(count) + " "}, kit.Span{Style: th.Dim, Text: kind.String()})
		}
	}
	if hidden > 0 {
		p.Text(2, kit.Span{Style: th.Dim, Text: th.Glyphs.Hidden + "   " + kit.Count(hidden) + " hidden by others"})
	}
}

func (s *Namespaces) describeHolders(p *kit.Page, n *nsctl.Namespace) {
	th := s.theme
	p.Heading("Kept alive by")
	for _, held := range n.HeldBy {
		text := holder(held)
		if held.Kind == nsctl.HeldByBind && held.NS != 0 {
			text += " in " + held.NS.String()
		}
		p.Text(2, kit.Span{Style: th.Text, Text: text})
	}
	if len(n.HeldBy) == 0 {
		p.Text(2, kit.Span{Style: th.Dim, Text: "unknown"})
	}
	if n.ProcessCount == 0 {
		return
	}
	p.Heading(kit.Plural(n.ProcessCount, "process", "processes"))
	for _, proc := range n.Processes {
		p.Text(2, kit.Span{Style: th.Text, Text: number(proc.PID) + " " + nsctl.Printable(proc.Comm)},
			kit.Span{Style: th.Faint, Text: "  " + nsctl.Printable(proc.Cgroup)})
	}
	if more := n.ProcessCount - len(n.Processes); more > 0 {
		p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(more) + " more"})
	}
}
