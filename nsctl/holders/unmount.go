package holders

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// unmount adds the umount of a mount, and before it of what is in the way: mounts that
// cover it, so that its path leads elsewhere, and mounts in it.
func (p *plan) unmount(r graph.Ref) {
	type visit struct {
		r     graph.Ref
		ready bool // what is in the way has been dealt with
	}
	stack := []visit{{r: r}} // not the calls' own: a file can claim a chain of any length
	met := map[graph.Ref]bool{}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch {
		case p.gone[v.r] || p.ended[v.r.NS]:
		case v.ready:
			p.unmountOne(v.r, v.r == r)
		case !met[v.r]:
			met[v.r] = true
			stack = append(stack, visit{v.r, true})
			for _, child := range p.g.Children(v.r) {
				stack = append(stack, visit{r: child})
			}
			if cover, ok := p.g.Lookup(v.r.NS, p.g.Mount(v.r).HiddenBy); ok && p.g.Mount(v.r).HiddenBy != 0 {
				stack = append(stack, visit{r: cover})
			}
		}
	}
}

// unmountOne adds one umount, and notes everything that goes with it.
func (p *plan) unmountOne(r graph.Ref, wanted bool) {
	m, ns := p.g.Mount(r), &p.s.Namespaces[r.NS].NamespaceInfo
	p.gone[r] = true
	if m.Mountpoint == "/" {
		// For a process whose root it is, umount would make the filesystem read-only
		// everywhere instead (do_umount_root in fs/namespace.c).
		if p.own(r.NS) || ns.Kind == nsctl.KindInitial {
			p.say("a mount on the root of %s is in the way, and stays as long as that does", called(ns))
			return
		}
		p.endNamespace(r)
		return
	}
	if p.deserted(ns) {
		p.ended[r.NS] = true
		for _, holder := range ns.HeldBy {
			p.endHolder(ns, holder)
		}
		return
	}
	command := p.inside(r.NS, "umount", m.Mountpoint)
	if command == nil {
		p.say("%s can only be unmounted inside %s, where no process leads", nsctl.Printable(m.Mountpoint), called(ns))
		return
	}
	var text []string
	if !wanted {
		text = append(text, "is in the way")
	}
	if !p.own(r.NS) {
		text = append(text, "in "+called(ns))
	}
	if n := p.takeAlong(r); n > 0 {
		text = append(text, fmt.Sprintf("takes %d elsewhere with it", n))
	}
	if own := Observers(p.s); m.Locked == nsctl.Locked || own != nil && m.Locked == nsctl.LockUnknown && own.OwnerUserNS != ns.OwnerUserNS {
		text = append(text, "may be locked: if it is refused, end the processes there")
	}
	p.do(command, "%s", strings.Join(text, "; "))
}

// takeAlong notes the mounts that an umount takes with it, and counts them: at every mount
// that receives from the parent, the one at the same place (propagate_umount in fs/pnode.c),
// unless something is mounted in that.
func (p *plan) takeAlong(r graph.Ref) int {
	parent, ok := p.g.Parent(r)
	if !ok {
		return 0
	}
	taken := 0
	for _, rc := range p.g.Receivers(parent) {
		rest, ok := graph.Below(rc.From, p.g.Mount(r).Mountpoint)
		if !ok || rc.Unsure {
			continue
		}
		at := graph.Join(rc.At, rest)
		for _, copied := range p.g.Children(rc.Ref) {
			if p.g.Mount(copied).Mountpoint == at && !p.gone[copied] && !p.ended[copied.NS] && !p.occupied(copied) {
				p.gone[copied] = true
				taken++
			}
		}
	}
	return taken
}

// occupied reports whether something is mounted in a mount, other than on top of it, that
// the steps so far do not unmount.
func (p *plan) occupied(r graph.Ref) bool {
	return slices.ContainsFunc(p.g.Children(r), func(child graph.Ref) bool {
		return !p.gone[child] && p.g.Mount(child).Mountpoint != p.g.Mount(r).Mountpoint
	})
}

// inside gives a command line that runs in a namespace; nil if nothing leads there.
func (p *plan) inside(ns int, words ...string) []string {
	info := &p.s.Namespaces[ns].NamespaceInfo
	if p.own(ns) {
		return words
	}
	if pid := p.entrance(info); pid != 0 {
		enter := []string{"nsenter", "-t", strconv.Itoa(pid), "-m"}
		if p.s.Observer.UID != 0 { // who may do so only as root of its user namespace
			enter = append(enter, "-U", "--preserve-credentials")
		}
		return append(enter, words...)
	}
	for _, h := range info.HeldBy {
		if h.Kind == nsctl.HeldByFD && !p.killed[h.PID] {
			return append([]string{"nsenter", "--mount=" + h.Path}, words...)
		}
	}
	return nil
}

// entrance does what the function of that name does, for a process that the steps so far
// leave alive.
func (p *plan) entrance(ns *nsctl.NamespaceInfo) int {
	if pid := entrance(ns); pid == 0 || !p.killed[pid] {
		return pid
	}
	for _, h := range ns.HeldBy {
		if h.Kind == nsctl.HeldByThread {
			return h.PID
		}
	}
	for _, process := range ns.Processes {
		if !p.killed[process.PID] {
			return process.PID
		}
	}
	return 0
}

// deserted reports whether processes lived in a namespace, and the steps so far end them all.
func (p *plan) deserted(ns *nsctl.NamespaceInfo) bool {
	return entrance(ns) != 0 && p.entrance(ns) == 0 && ns.ProcessCount <= len(ns.Processes)
}
