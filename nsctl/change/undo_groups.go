package change

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// restorePropagation puts mounts back into their groups and under their masters, those
// first that others receive from. Each step can change other mounts: so after each it is
// looked again.
func (w *wayBack) restorePropagation() {
	if w.Blocked != nil {
		return
	}
	tried := map[graph.Ref]int{}
	for {
		a := w.align()
		wrong := slices.DeleteFunc(a.pairs, func(p aligned) bool { return a.connected(p) || tried[p.want] >= triesEach })
		switch {
		case len(wrong) == 0 || w.ctx.Err() != nil:
			return
		case len(tried) >= mostReconnected:
			w.say("%d mounts are still to be connected: more than %d are not changed one by one", len(wrong), mostReconnected)
			return
		}
		slices.SortStableFunc(wrong, func(p, q aligned) int {
			return cmp.Or(cmp.Compare(w.level(p.want), w.level(q.want)), cmp.Compare(w.want.Mount(p.want).Root, w.want.Mount(q.want).Root))
		})
		tried[wrong[0].want]++
		w.reconnect(a, wrong[0])
	}
}

// mostReconnected is how many mounts an undo changes one by one.
const mostReconnected = 500

// triesEach is how often one mount is changed: a later step may change it once more.
const triesEach = 3

// level orders mounts: those in groups that are nobody's slaves first, slaves after the
// members of their master.
func (w *wayBack) level(r graph.Ref) int {
	n := 2 * len(w.want.MasterChain(r))
	if w.want.Mount(r).Propagation.Shared == 0 {
		n++
	}
	return n
}

// reconnect gives one mount the propagation that it had.
func (w *wayBack) reconnect(a *alignment, p aligned) {
	path, ok := w.reach(p.got)
	if !ok {
		w.say("no path leads to %s (mount %d): it is covered", nsctl.Printable(path), w.now.Mount(p.got).MntID)
		return
	}
	want, is := w.want.Mount(p.want).Propagation, w.now.Mount(p.got).Propagation
	to := target{w: w, ns: p.got.NS, path: path, is: is, self: p.got}
	group, groupLives := a.group(want.Shared)
	master, masterLives := a.group(want.Master)
	switch {
	case want.Shared == 0 && want.Master == 0 && want.Unbindable:
		to.makeType(nsctl.Unbindable)
	case want.Shared == 0 && want.Master == 0:
		to.makeType(nsctl.Private)
	case want.Shared != 0 && groupLives && is.Shared != group:
		if !to.join(group, false) {
			w.closed = append(w.closed, want.Shared)
		}
	case want.Shared != 0 && groupLives: // its group has another master
		w.closed = append(w.closed, want.Shared)
		w.say("%s is in its group, but that receives from another one now", nsctl.Printable(path))
	case want.Shared != 0 && !groupLives && want.Master == 0:
		if is.Shared != 0 || is.Master != 0 {
			to.makeType(nsctl.Private)
		}
		to.makeType(nsctl.Shared)
	case want.Shared != 0 && !groupLives && masterLives:
		if is.Shared == 0 && is.Master == master || to.join(master, true) {
			to.makeType(nsctl.Shared)
		}
	case want.Shared == 0 && masterLives:
		peers := len(w.now.Peers(p.got)) > 0
		if is.Shared == master && peers || is.Shared != 0 && is.Master == master && !peers {
			to.makeType(nsctl.Slave)
		} else if !to.join(master, true) {
			w.closed = append(w.closed, want.Master)
		}
	default:
		w.say("the group that %s was in, or received from, is no more", nsctl.Printable(path))
	}
}

// target is a mount that is to be reconnected.
type target struct {
	w    *wayBack
	ns   int
	path string
	is   nsctl.Propagation
	self graph.Ref
}

func (t *target) makeType(to nsctl.PropagationType) bool {
	return t.w.step(t.ns, nsctl.Op{Kind: nsctl.OpMake, Type: to, Target: t.path})
}

// join puts the mount into a group, or makes it a slave of one. What is in a group already,
// or has a master, must leave that first.
func (t *target) join(group nsctl.GroupID, slave bool) bool {
	if group == 0 {
		return false
	}
	steps := len(t.w.Steps)
	back := t.w.now
	if t.is.Shared != 0 || t.is.Master != 0 || t.is.Unbindable {
		if !t.makeType(nsctl.Private) {
			return false
		}
	}
	for _, op := range t.ways(group, slave) {
		if p, refused := t.w.predict(t.ns, op); p != nil {
			t.w.take(t.ns, op, p)
			return true
		} else if refused != "" {
			t.w.say("%s would be refused: %s", printableOp(op.String()), refused)
		}
	}
	t.w.Steps, t.w.now = t.w.Steps[:steps], back // it stays as it is
	t.w.say("no mount of the group that %s was connected with can be reached and shows as much of the filesystem", nsctl.Printable(t.path))
	return false
}

// mostWays is how many mounts of a group are tried.
const mostWays = 8

// ways gives operations that may connect the mount with a group: from its members, and to
// become its slave also from slaves.
func (t *target) ways(group nsctl.GroupID, slave bool) (ops []nsctl.Op) {
	links, ok := t.w.now.Links(group)
	if !ok {
		return nil
	}
	m := t.w.now.Mount(t.self)
	add := func(list []graph.Ref, slave bool) {
		for _, r := range list {
			from := t.w.now.Mount(r)
			_, contains := graph.Below(from.Root, m.Root)
			path, reached := t.w.reach(r)
			number := t.w.now.Namespace(r.NS).NS
			if r == t.self || from.Dev != m.Dev || !contains || !reached || number <= 0 || len(ops) >= mostWays {
				continue
			}
			ops = append(ops, nsctl.Op{Kind: nsctl.OpRejoin, Target: t.path, ToNS: number.String(), To: path, Slave: slave})
		}
	}
	add(links.Members, slave)
	if slave {
		add(links.Slaves, false) // who only receives passes on its master
	}
	return ops
}
