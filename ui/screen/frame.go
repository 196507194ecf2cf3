package screen

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Screen is what the root model routes keys, clicks and snapshots to.
type Screen interface {
	// SetHost shows another state of the host. The selection stays on the same
	// thing; if that is gone, the note says so.
	SetHost(h *Host) (note string)
	SetTheme(th *theme.Theme)
	ShowLights(l *Lights)
	Resize(area kit.Rect)
	// Settle makes the detail pane follow the selection. It is called after
	// whatever may have moved it.
	Settle() tea.Cmd
	View() []string

	Move(rows int)
	Page(direction int)
	Ends(last bool)
	Click(x, y int) (opens bool)
	Wheel(x, y, rows int)

	SetFilter(text string)
	Filter() Query
	Next(direction int) bool // to the next match of the filter; false if there is none

	FocusNext()
	Back() bool // one step back within the screen; false if there is nowhere to step
	ToggleDetail()
	Copies() []Copy
}

// Copy is something about the selection that can be copied.
type Copy struct{ What, Text string }

// Frame is what all screens have: a list, a detail pane beside or below it, and a
// filter.
type Frame struct {
	host   *Host
	theme  *theme.Theme
	list   kit.List
	detail kit.List // the lines of page; only scrolled
	query  Query
	lights *Lights

	area, listArea, detailArea kit.Rect
	headRows                   int // rows above the list inside its box
	onDetail, noDetail         bool

	page    []string // the lines of the detail pane, wrapped and drawn
	pageFor pageKey
}

// pageKey says what the lines of the detail pane were made of.
type pageKey struct {
	host  *Host
	theme *theme.Theme
	width int
	thing identity
	state any // what else went into it, comparable
}

// wide is the width from which the detail pane stands beside the list.
const wide = 110

func newFrame(th *theme.Theme, headRows int) Frame {
	return Frame{host: Empty(), theme: th, headRows: headRows}
}

// SetTheme draws with another theme from now on.
func (f *Frame) SetTheme(th *theme.Theme) { f.theme = th }

// Resize lays the screen out anew.
func (f *Frame) Resize(area kit.Rect) {
	f.area = area
	f.layout(area.W >= wide)
}

func (f *Frame) layout(beside bool) {
	a := f.area
	switch {
	case f.noDetail:
		f.listArea, f.detailArea = a, kit.Rect{}
	case beside:
		w := min(max(a.W*2/5, 44), 84)
		f.listArea = kit.Rect{X: a.X, Y: a.Y, W: a.W - w, H: a.H}
		f.detailArea = kit.Rect{X: a.X + a.W - w, Y: a.Y, W: w, H: a.H}
	default:
		h := max(a.H*2/5, 7)
		f.listArea = kit.Rect{X: a.X, Y: a.Y, W: a.W, H: a.H - h}
		f.detailArea = kit.Rect{X: a.X, Y: a.Y + a.H - h, W: a.W, H: h}
	}
	f.list.Resize(f.listArea.H - 2 - f.headRows)
	f.detail.Resize(f.detailArea.H - 2)
	f.onDetail = f.onDetail && !f.noDetail
}

// ToggleDetail shows or hides the detail pane, from the next Resize on.
func (f *Frame) ToggleDetail() { f.noDetail = !f.noDetail }

// FocusNext gives the keys to the other pane.
func (f *Frame) FocusNext() { f.onDetail = !f.onDetail && !f.noDetail }

// Back leaves the detail pane.
func (f *Frame) Back() bool {
	was := f.onDetail
	f.onDetail = false
	return was
}

// Move moves the selection, or scrolls the detail pane if it has the keys.
func (f *Frame) Move(rows int) {
	if f.onDetail {
		f.detail.Scroll(rows)
		return
	}
	f.list.Move(rows)
}

// Page moves by half a screen.
func (f *Frame) Page(direction int) {
	if f.onDetail {
		f.detail.Scroll(direction * max(f.detail.Height()/2, 1))
		return
	}
	f.list.Page(direction)
}

// Ends moves to the first or the last row.
func (f *Frame) Ends(last bool) {
	to := 0
	if last {
		to = max(f.list.Len(), f.detail.Len())
	}
	if f.onDetail {
		f.detail.Scroll(to - f.detail.Top())
		return
	}
	f.list.Select(to)
}

// Click selects the row under the mouse; a second click on it opens it.
func (f *Frame) Click(x, y int) (opens bool) {
	if f.detailArea.Contains(x, y) {
		f.onDetail = true
		return false
	}
	inner := f.listArea.Inner()
	if !inner.Contains(x, y) {
		return false
	}
	f.onDetail = false
	row := f.list.Top() + y - inner.Y - f.headRows
	if y < inner.Y+f.headRows || row >= f.list.Len() {
		return false
	}
	again := row == f.list.Cursor()
	f.list.Select(row)
	return again
}

// Wheel scrolls the pane under the mouse.
func (f *Frame) Wheel(x, y, rows int) {
	if f.detailArea.Contains(x, y) {
		f.detail.Scroll(rows)
		return
	}
	f.list.Scroll(rows)
}

// Filter is what the list is narrowed by.
func (f *Frame) Filter() Query { return f.query }

// fresh reports whether the lines of the detail pane are of this thing in this
// state already, and remembers it. The pane starts at its top for another thing,
// and stays where it was for another state of the same one.
func (f *Frame) fresh(thing identity, state any) bool {
	key := pageKey{f.host, f.theme, f.detailArea.W, thing, state}
	if key == f.pageFor {
		return true
	}
	if !thing.is(f.pageFor.thing) {
		f.detail.Scroll(-f.detail.Top())
	}
	f.pageFor = key
	return false
}

// newPage begins the text of the detail pane.
func (f *Frame) newPage() *kit.Page {
	return &kit.Page{Theme: f.theme, Width: max(f.detailArea.W-4, 10)}
}

func (f *Frame) setPage(p *kit.Page) {
	f.page = p.Lines
	f.detail.SetLen(len(f.page))
}

// drawDetail draws the detail pane; nil if it is hidden.
func (f *Frame) drawDetail(title string) []string {
	if f.noDetail {
		return nil
	}
	box := kit.Box{Title: title, Focused: f.onDetail, Scroll: &f.detail}
	return box.Draw(f.theme, f.detailArea, func(y int) string {
		if i := f.detail.Top() + y; i < len(f.page) {
			return " " + f.page[i] + " "
		}
		return kit.NewLine(f.theme, theme.Plain, f.detailArea.W-2).String()
	})
}

// rows is what the list of a screen shows.
type rows struct {
	title, note string
	count       int
	none        string // why there are none, where neither reading nor a filter is the reason
	head        func() string
	row         func(i int) string
}

// drawList draws the box of the list: a head, and the rows that are on the screen.
func (f *Frame) drawList(r rows) []string {
	box := kit.Box{Title: r.title, Note: r.note, Focused: !f.onDetail, Scroll: &f.list, ScrollFrom: 1}
	return box.Draw(f.theme, f.listArea, func(y int) string {
		i := f.list.Top() + y - 1
		switch {
		case y == 0:
			return r.head()
		case r.count == 0:
			return f.emptyRow(y, f.whyEmpty(r.none))
		case i >= r.count:
			return f.emptyRow(-1, "")
		}
		return r.row(i)
	})
}

// heads draws the titles of the columns that have a width, from an indent on.
func (f *Frame) heads(columns []kit.Column, widths []int, indent int) string {
	line := kit.NewLine(f.theme, theme.Plain, f.listArea.W-2).To(indent)
	for i, c := range columns {
		if widths[i] == 0 {
			continue
		}
		if c.Right {
			line.Right(f.theme.Faint, c.Title, widths[i])
		} else {
			line.Cell(f.theme.Faint, c.Title, widths[i])
		}
		line.Add(f.theme.Text, " ")
	}
	return line.String()
}

// join puts the list and the detail pane together.
func (f *Frame) join(list, detail []string) []string {
	switch {
	case detail == nil:
		return list
	case f.detailArea.Y == f.listArea.Y:
		return kit.Beside(list, detail)
	}
	return append(list, detail...)
}

// ground is what row i of the list stands on, and the mark in front of it.
func (f *Frame) ground(i int) (theme.Ground, string) {
	switch {
	case i != f.list.Cursor():
		return theme.Plain, "  "
	case f.onDetail:
		return theme.CursorFaint, f.theme.Glyphs.Cursor + " "
	}
	return theme.Cursor, f.theme.Glyphs.Cursor + " "
}

// position is the note in the upper edge of a list: "3 of 122".
func (f *Frame) position() string {
	if f.list.Len() == 0 {
		return ""
	}
	return kit.Count(f.list.Cursor()+1) + " of " + kit.Count(f.list.Len())
}

// emptyRow is row y of a list without rows.
func (f *Frame) emptyRow(y int, text string) string {
	line := kit.NewLine(f.theme, theme.Plain, f.listArea.W-2)
	if y == 1 {
		line.Add(f.theme.Faint, "  "+text)
	}
	return line.String()
}

// whyEmpty says why a list is without rows.
func (f *Frame) whyEmpty(what string) string {
	switch {
	case f.host.Total == 0:
		return "reading the mount namespaces of this host"
	case f.query.Active():
		return "nothing matches; esc takes the filter away"
	}
	return what
}
