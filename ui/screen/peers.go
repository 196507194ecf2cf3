package screen

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Peers is the third screen: the propagation forest of the host. A peer group
// stands above its members, the mounts that only receive from it, and the groups
// that do.
type Peers struct {
	Frame
	items []peerItem // what the rows show, in order of the whole forest
	rows  []treeRow
	// opened says whether groups are open, flipped which are not as the others.
	opened, decided bool
	// seen says that the screen was in front: what is selected was seen by somebody.
	seen    bool
	flipped map[nsctl.GroupID]bool
	widths  []int
}

// peerItem is a group, one of its members, or a slave of it.
type peerItem struct {
	group  int32 // position in the forest
	member int32 // isGroup, or position among members and then slaves
}

const isGroup = -1

// manyItems is the size of a forest from which its groups are closed at first: a
// host with thousands of mounts is better seen by its groups.
const manyItems = 400

// NewPeers makes the screen.
func NewPeers(th *theme.Theme) *Peers {
	return &Peers{Frame: newFrame(th, 1), flipped: map[nsctl.GroupID]bool{}}
}

func (s *Peers) group(i peerItem) *graph.Group { return &s.host.Forest.Groups[i.group] }

// member gives a member or slave, and whether it is a slave.
func (s *Peers) member(i peerItem) (m graph.Member, slave bool) {
	g := s.group(i)
	if n := int(i.member); n >= len(g.Members) {
		return g.Slaves[n-len(g.Members)], true
	}
	return g.Members[i.member], false
}

// item is what the selected row shows.
func (s *Peers) item() (peerItem, bool) {
	if len(s.rows) == 0 {
		return peerItem{}, false
	}
	return s.items[s.rows[s.list.Cursor()].item], true
}

// Selected is the selected mount; false if a group is selected.
func (s *Peers) Selected() (graph.Ref, bool) {
	it, ok := s.item()
	if !ok || it.member == isGroup {
		return graph.Ref{}, false
	}
	m, _ := s.member(it)
	return m.Ref, true
}

func (s *Peers) key(it peerItem) peerKey {
	k := peerKey{group: s.group(it).ID}
	if it.member != isGroup {
		m, _ := s.member(it)
		k.mount = s.host.MountKey(m.Ref)
	}
	return k
}

// SetHost implements Screen.
func (s *Peers) SetHost(h *Host) (note string) {
	it, selected := s.item()
	selected = selected && s.seen
	var was peerKey
	if selected {
		was = s.key(it)
	}
	s.host = h
	s.fit()
	if !s.decided {
		s.opened, s.decided = s.forestSize() <= manyItems, h.Read == h.Total && h.Total > 0
	}
	row := 0
	if s.seen {
		row = s.list.Cursor()
	}
	s.fill()
	if selected {
		if at := s.find(was); at >= 0 {
			row = at
		} else if !s.query.Active() {
			note = "group " + number(was.group) + " or the selected mount in it is gone; the next one is selected"
		}
	}
	s.list.Replace(len(s.rows), row)
	return note
}

func (s *Peers) find(k peerKey) int {
	return slices.IndexFunc(s.rows, func(r treeRow) bool {
		it := s.items[r.item]
		return s.group(it).ID == k.group && s.key(it).same(k)
	})
}

// SetFilter implements Screen.
func (s *Peers) SetFilter(text string) {
	s.query = NewQuery(text)
	s.refill()
	if s.query.Active() && len(s.rows) > 0 && !s.rows[s.list.Cursor()].match {
		s.Next(1)
	}
}

// Next implements Screen.
func (s *Peers) Next(direction int) bool {
	return s.nextRow(direction, len(s.rows), func(i int) bool {
		return s.rows[i].match || !s.query.Active() && s.marked(s.items[s.rows[i].item])
	})
}

// SelectGroup shows a group.
func (s *Peers) SelectGroup(id nsctl.GroupID) {
	if s.query.Active() {
		s.query = Query{}
		s.fill()
	}
	row := s.find(peerKey{group: id})
	if row < 0 {
		// One of the groups above it is closed: open the way down.
		for g, ok := s.host.Group(id); ok && g.Master != 0; g, ok = s.host.Group(g.Master) {
			if !s.isOpen(g.Master) {
				s.flipped[g.Master] = !s.flipped[g.Master]
			}
		}
		s.fill()
		row = s.find(peerKey{group: id})
	}
	s.list.Replace(len(s.rows), max(row, 0))
}

// Copies implements Screen.
func (s *Peers) Copies() []Copy {
	it, ok := s.item()
	if !ok {
		return nil
	}
	id := number(s.group(it).ID)
	if it.member == isGroup {
		return []Copy{{"group", id}, {"notation", "shared:" + id}}
	}
	m, _ := s.member(it)
	return []Copy{{"mount point", m.Mountpoint}, {"mount id", number(m.MntID)}, {"notation", s.host.Shown(m.Ref).Propagation.String()}}
}

// Resize implements Screen.
func (s *Peers) Resize(area kit.Rect) {
	s.Frame.Resize(area)
	s.fit()
}

func (s *Peers) fit() { s.widths = kit.FitColumns(peerColumns, s.listArea.W-2-2-s.gutter()) }

// Settle implements Screen.
func (s *Peers) Settle() tea.Cmd {
	s.seen = true
	it, ok := s.item()
	if !ok {
		s.setPage(s.newPage())
		s.pageFor = pageKey{}
		return nil
	}
	if !s.fresh(s.key(it), nil) {
		page := s.newPage()
		s.describe(page, it)
		s.setPage(page)
	}
	return nil
}

// SelectMount shows a mount among the members of its group, or else among the
// slaves of its master.
func (s *Peers) SelectMount(r graph.Ref) {
	id := berthOf(s.host.Shown(r).Propagation).group
	if !s.isOpen(id) {
		s.flipped[id] = !s.flipped[id]
	}
	s.SelectGroup(id)
	if row := s.find(peerKey{id, s.host.MountKey(r)}); row >= 0 {
		s.list.Select(row)
	}
}
