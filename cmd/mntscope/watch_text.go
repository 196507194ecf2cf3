package main

import (
	"bufio"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
)

// How much of a deed a person is shown. JSON has all of it.
const (
	mostFollowers = 8
	mostReasons   = 4
)

// narrator tells people what happens, one paragraph a deed.
type narrator struct {
	screen screen
	only   *picked

	mu     sync.Mutex // the end of a crowd is told by a timer
	out    *bufio.Writer
	before *nsctl.Snapshot
	after  *nsctl.Snapshot
	crowds map[crowdKey]*crowd
	timer  *time.Timer
	failed error // of the timer's writing

	second    time.Time // in which predictions are counted
	predicted int
	excused   bool
}

func newNarrator(out *bufio.Writer, s screen) *narrator {
	return &narrator{out: out, screen: s, crowds: map[crowdKey]*crowd{}}
}

// begin says what is listened with.
func (n *narrator) begin(first *nsctl.Event, before *nsctl.Snapshot) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.before = before
	n.paragraph("", listening(first.Sources), "    ")
	return n.out.Flush()
}

// listening says in one sentence what a watch listens with, and without.
func listening(sources []nsctl.WatchSource) string {
	var with, without []string
	for _, s := range sources {
		name, text := nsctl.Printable(s.Name), nsctl.Printable(s.Text)
		reason, unused := strings.CutPrefix(text, "not used: ")
		switch {
		case unused:
			without = append(without, name+" ("+reason+")")
		case s.Namespaces > 0:
			with = append(with, name+" ("+several(s.Namespaces, "namespace")+": "+text+")")
		}
	}
	text := "listening with " + strings.Join(with, ", ")
	if len(without) > 0 {
		text += "; without " + strings.Join(without, ", ")
	}
	return text
}

// paragraph prints a text, on a terminal in lines that break between words.
func (n *narrator) paragraph(style, text, indent string) {
	if width := n.screen.width; width > len(indent)+minShrunk {
		first, _, _ := strings.Cut(ansi.Wrap(text, width, " "), "\n")
		if rest := strings.TrimPrefix(text[len(first):], " "); rest != "" {
			text = first + "\n" + indent + strings.ReplaceAll(ansi.Wrap(rest, width-len(indent), " "), "\n", "\n"+indent)
		}
	}
	if n.screen.styled && style != "" {
		text = style + text + "\x1b[m"
	}
	n.out.WriteString(text)
	n.out.WriteByte('\n')
}

func (n *narrator) tell(events []nsctl.Event, u watch.Update) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return n.failed
	}
	n.after = u.Snapshot
	deeds := deedsOf(events)
	here := map[crowdKey]int{}
	for _, d := range deeds {
		here[keyOf(d)]++
	}
	for _, d := range deeds {
		if n.gathers(d, here[keyOf(d)]) {
			continue
		}
		n.disperseAll()
		if err := n.tellDeed(d, u.Events); err != nil {
			return err
		}
	}
	n.before = u.Snapshot
	return n.out.Flush()
}

// tellDeed prints a deed, and then, so that it does not wait for that, who was not reached.
func (n *narrator) tellDeed(d *deed, all []nsctl.Event) error {
	n.headline(d)
	n.followers(d)
	if err := n.out.Flush(); err != nil {
		return err
	}
	n.missed(d, all)
	return n.out.Flush()
}

func (n *narrator) headline(d *deed) {
	e := d.event()
	what := n.screen.whatIn(d, nameOf(n.space(e)))
	if !d.attributed() && len(d.events) > 1 {
		what = counted(len(d.events), e, false)
	}
	text := clock(e.Time) + " " + d.who() + what
	style := "\x1b[1m"
	if e.Kind == nsctl.EventResync {
		style = "\x1b[1;33m"
	}
	n.paragraph(style, text, "        ")
}

// followers lists what follows from a deed, each on a line.
func (n *narrator) followers(d *deed) {
	list := d.followers()
	if !d.attributed() && len(list) > 0 { // nothing stands for the others
		list = append([]*nsctl.Event{d.event()}, list...)
	}
	t := n.followerTable(d, list, nameOf)
	if width := n.screen.width; width > 0 && t.width() > width {
		t = n.followerTable(d, list, shortNameOf)
	}
	widths := t.widths(n.screen.width)
	for _, r := range t.rows {
		t.writeRow(n.out, r.cells, widths, n.screen, "")
	}
}

func (n *narrator) followerTable(d *deed, list []*nsctl.Event, name func(*nsctl.NamespaceInfo) string) *table {
	t := &table{columns: []column{{shrinks: true}, {shrinks: true}, {}}}
	for _, e := range list[:min(len(list), mostFollowers)] {
		t.add("    "+signOf(e.Kind)+" "+n.screen.subject(e), "in "+name(n.space(e)), n.through(d, e))
	}
	if rest := list[min(len(list), mostFollowers):]; len(rest) > 0 {
		spaces := map[nsctl.NSNumber]bool{}
		for _, e := range rest {
			spaces[e.NS] = true
		}
		t.add("    and " + strings.TrimSuffix(several(len(rest), "more"), "s") + " in " + several(len(spaces), "namespace") + "; --json tells all")
	}
	return t
}

func (n *narrator) dim(line string) { n.paragraph("\x1b[2m", line, "        ") }

// through says by which way a change came to a mount: from a peer, or from a master. What
// the mount that received it says decides, if it is known.
func (n *narrator) through(d *deed, e *nsctl.Event) string {
	if e.Via == nil {
		return ""
	}
	group := strconv.Itoa(int(e.Via.Group))
	origin := d.event()
	slave := e.Mount != nil && origin.Mount != nil && e.Kind == nsctl.EventMount && e.Mount.Propagation.Shared != origin.Mount.Propagation.Shared
	for _, s := range []*nsctl.Snapshot{n.after, n.before} { // the older one decides
		if at := spaceIn(s, e); at >= 0 {
			for i := range s.Namespaces[at].Mounts {
				if m := &s.Namespaces[at].Mounts[i]; m.MntID == e.Via.MntID && (m.Propagation.Shared == e.Via.Group || m.Propagation.Master == e.Via.Group) {
					slave = m.Propagation.Shared != e.Via.Group
				}
			}
		}
	}
	if slave {
		return "from master:" + group
	}
	return "through shared:" + group
}

// spaceIn gives the position of the namespace of an event, or -1.
func spaceIn(s *nsctl.Snapshot, e *nsctl.Event) int {
	if s == nil {
		return -1
	}
	return slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return is(&ns.NamespaceInfo, e.NS, e.NSID) })
}

// nameOf names a namespace: by its name, if it has one, and its number.
func nameOf(info *nsctl.NamespaceInfo) string {
	number := info.NS.String()
	if info.NS == 0 {
		number = "mnt:[?]"
	}
	if info.Name == "" {
		return number
	}
	return nsctl.Printable(info.Name) + " " + number
}

// shortNameOf is nameOf where there is little room: a number that is cut short says nothing.
func shortNameOf(info *nsctl.NamespaceInfo) string {
	if info.Name == "" || info.NS == 0 {
		return nameOf(info)
	}
	return nsctl.Printable(info.Name) + " " + strconv.FormatUint(uint64(info.NS), 10)
}

// space finds the namespace of an event, which may have gone since, or just come.
func (n *narrator) space(e *nsctl.Event) *nsctl.NamespaceInfo {
	if e.Namespace != nil {
		return &e.Namespace.NamespaceInfo
	}
	for _, s := range []*nsctl.Snapshot{n.after, n.before} {
		if at := spaceIn(s, e); at >= 0 {
			return &s.Namespaces[at].NamespaceInfo
		}
	}
	return &nsctl.NamespaceInfo{NS: e.NS}
}
