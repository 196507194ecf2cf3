package main

import (
	"fmt"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// picked are the namespaces that somebody wants to hear of.
type picked struct {
	refs   []string
	spaces []nsctl.NamespaceInfo // those that have not ended
	told   int                   // events so far
}

// choose finds the namespaces that references name now.
func choose(from *source, s *nsctl.Snapshot, refs []string) (*picked, error) {
	c := &picked{}
	for _, ref := range refs {
		i, err := from.find(s, ref)
		if err != nil {
			return nil, err
		}
		info := s.Namespaces[i].NamespaceInfo
		if info.NS == 0 && info.NSID == 0 {
			return nil, fmt.Errorf("the number of the mount namespace of %s may not be read, so that its events cannot be told from others: watch as its owner or as root", nsctl.Printable(ref))
		}
		if !slices.ContainsFunc(c.spaces, func(other nsctl.NamespaceInfo) bool { return is(&other, info.NS, info.NSID) }) {
			c.spaces = append(c.spaces, info)
		}
		c.refs = append(c.refs, nsctl.Printable(ref))
	}
	return c, nil
}

// is goes by the id, which is never used again, where it is known. Of namespaces of which
// nothing may be read nobody can tell which is which.
func is(info *nsctl.NamespaceInfo, ns nsctl.NSNumber, id nsctl.NSID) bool {
	if info.NSID != 0 && id != 0 {
		return info.NSID == id
	}
	return ns != 0 && info.NS == ns
}

func (c *picked) has(ns nsctl.NSNumber, id nsctl.NSID) bool {
	return slices.ContainsFunc(c.spaces, func(info nsctl.NamespaceInfo) bool { return is(&info, ns, id) })
}

// events gives those that happened in the chosen namespaces, and what these follow from.
// They are counted anew: a recording must not seem to have lost some.
func (c *picked) events(all []nsctl.Event) []nsctl.Event {
	reached := map[int]bool{0: false}
	for i := range all {
		if e := &all[i]; e.Op != 0 && c.has(e.NS, e.NSID) {
			reached[e.Op] = true
		}
	}
	var some []nsctl.Event
	for i := range all {
		e := all[i]
		if e.Kind == nsctl.EventResync || e.Origin && reached[e.Op] || c.has(e.NS, e.NSID) {
			c.told++
			e.Seq = c.told
			some = append(some, e)
		}
		if e.Kind == nsctl.EventNamespaceGone {
			c.spaces = slices.DeleteFunc(c.spaces, func(info nsctl.NamespaceInfo) bool { return is(&info, e.NS, e.NSID) })
		}
	}
	return some
}

// snapshot gives a host with the chosen namespaces only.
func (c *picked) snapshot(s *nsctl.Snapshot) *nsctl.Snapshot {
	some := *s
	some.Namespaces, some.Gaps = []nsctl.Namespace{}, []nsctl.Gap{}
	for i := range s.Namespaces {
		if ns := &s.Namespaces[i]; c.has(ns.NS, ns.NSID) {
			some.Namespaces = append(some.Namespaces, *ns)
			some.Gaps = append(some.Gaps, gapsOf(ns, s.Gaps)...)
		}
	}
	return &some
}

func (c *picked) numbers() []nsctl.NSNumber {
	numbers := make([]nsctl.NSNumber, len(c.spaces))
	for i := range c.spaces {
		numbers[i] = c.spaces[i].NS
	}
	return numbers
}

// farewell says why there is nothing more to come.
func (c *picked) farewell() string {
	if len(c.refs) == 1 {
		return "the mount namespace of " + c.refs[0] + " has ended"
	}
	return "the mount namespaces of " + strings.Join(c.refs, ", ") + " have ended"
}
