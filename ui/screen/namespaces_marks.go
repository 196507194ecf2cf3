package screen

import (
	"slices"

	"mntscope/ui/kit"
)

// whatIfColumn comes before those that need not be seen while the host is thought of.
var whatIfColumn = kit.Column{Title: "WHAT IF", Width: 14, Grow: 1}

// columns are those of the table. While the host is thought of, what would happen in each
// namespace is worth more than how it stands to others.
func (s *Namespaces) columns() []kit.Column {
	columns := namespaceColumns
	if s.host.whatIf != nil {
		columns = slices.Insert(slices.Clone(columns), standingColumn, whatIfColumn)
		columns[standingColumn+1].Drop = 2
	}
	return columns
}

// Columns of the table that are treated in a way of their own.
const (
	ownerColumn    = 4
	standingColumn = 6
)

// describeCounts says what an operation would do in a namespace.
func (s *Namespaces) describeCounts(p *kit.Page, ns int) {
	if s.host.whatIf == nil {
		return
	}
	p.Heading("What if")
	counts := s.host.Counts(ns)
	if counts == (Counts{}) {
		p.Text(2, kit.Span{Style: s.theme.Dim, Text: "nothing would change here"})
		return
	}
	for kind, n := range counts.list() {
		if n > 0 {
			sign, style := markKind(kind).sign(s.theme)
			p.Text(2, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: s.theme.Text, Text: kit.Plural(n, "mount ", "mounts ")},
				kit.Span{Style: s.theme.Dim, Text: markKind(kind).words()})
		}
	}
}
