package main

import (
	"slices"
	"strconv"
	"time"

	"mntscope/nsctl"
)

// mostAlike is how many deeds of one kind by one command are told one by one within
// crowdTime. What is more is summed up.
const (
	mostAlike = 20
	crowdTime = time.Second
)

// crowdKey says which deeds are alike: those of one kind by one process, or by processes
// of one name.
type crowdKey struct {
	kind nsctl.EventKind
	comm string
	pid  int // where there is no name
}

func keyOf(d *deed) crowdKey {
	k := crowdKey{kind: d.event().Kind}
	if a := d.event().Actor; a != nil {
		if k.comm = a.Comm; k.comm == "" {
			k.pid = a.PID
		}
	}
	return k
}

// crowd are deeds that are alike, within crowdTime.
type crowd struct {
	began time.Time
	count int
	// first is the first of those that are not told by themselves.
	first  *deed
	last   time.Time
	held   int
	copies int
	pids   map[int]bool
}

// gathers says whether a deed is summed up with others, of which there are so many in the
// same update, and not told by itself.
func (n *narrator) gathers(d *deed, alike int) bool {
	e, key := d.event(), keyOf(d)
	if e.Kind == nsctl.EventResync && len(d.events) > 1 {
		return false
	}
	c := n.crowds[key]
	switch {
	case c == nil:
		n.forgetCrowds(e.Time)
		c = &crowd{began: e.Time}
		n.crowds[key] = c
	case e.Time.Sub(c.began) >= crowdTime:
		n.disperse(c)
		crowded := c.count > mostAlike && e.Time.Sub(c.last) < crowdTime
		*c = crowd{began: e.Time}
		if crowded { // it goes on
			c.count = mostAlike
		}
	}
	c.count++
	c.last = e.Time
	if c.count <= mostAlike && alike <= mostAlike {
		return false
	}
	if c.held++; c.held == 1 {
		c.first, c.pids = d, map[int]bool{}
		n.disperseLater()
	}
	c.copies += len(d.events) - 1
	if e.Actor != nil {
		c.pids[e.Actor.PID] = true
	}
	return true
}

// forgetCrowds bounds what is remembered.
func (n *narrator) forgetCrowds(now time.Time) {
	for key, c := range n.crowds {
		if c.held == 0 && now.Sub(c.last) >= crowdTime {
			delete(n.crowds, key)
		}
	}
}

// disperseLater sees to it that a crowd is told when nothing else happens.
func (n *narrator) disperseLater() {
	if n.timer != nil {
		return
	}
	n.timer = time.AfterFunc(crowdTime, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.timer = nil
		n.disperseAll()
		if err := n.out.Flush(); n.failed == nil {
			n.failed = err // the next update ends the watch
		}
	})
}

// disperseAll tells what was held back, in the order in which it began.
func (n *narrator) disperseAll() {
	var held []*crowd
	for _, c := range n.crowds {
		if c.held > 0 {
			held = append(held, c)
		}
	}
	slices.SortFunc(held, func(a, b *crowd) int { return a.first.event().Seq - b.first.event().Seq })
	for _, c := range held {
		n.disperse(c)
	}
}

// disperse tells what was held back of a crowd: one deed as any other, more in one line.
func (n *narrator) disperse(c *crowd) {
	switch c.held {
	case 0:
		return
	case 1:
		n.headline(c.first)
		n.followers(c.first)
	default:
		n.sumUp(c)
	}
	c.held, c.copies, c.first, c.pids = 0, 0, nil, nil
}

func (n *narrator) sumUp(c *crowd) {
	d, e := c.first, c.first.event()
	by := d.who()
	if len(c.pids) > 1 && e.Actor != nil {
		by = nsctl.Printable(e.Actor.Comm) + " (" + strconv.Itoa(len(c.pids)) + " processes): "
	}
	text := clock(e.Time) + " " + by + counted(c.held, e, c.count > c.held) + " " + within(c.last.Sub(e.Time))
	switch c.copies {
	case 0:
	case 1:
		text += ", with 1 copy"
	default:
		text += ", with " + strconv.Itoa(c.copies) + " copies"
	}
	n.paragraph("\x1b[1m", text, "        ")
}

// end tells what is still held back.
func (n *narrator) end() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
	n.disperseAll()
	return n.out.Flush()
}
