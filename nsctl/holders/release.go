package holders

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Release gives what would release the filesystem, in an order that works: what is built on
// it, the namespaces that have it as their root or that no process lives in, the processes
// that use it, and its mounts. An umount that takes copies in other namespaces with it
// stands for all of them.
func Release(g *graph.Graph, h *nsctl.FilesystemHolders) []nsctl.ReleaseStep {
	p := &plan{
		g: g, s: g.Snapshot(), steps: []nsctl.ReleaseStep{},
		gone: map[graph.Ref]bool{}, ended: map[int]bool{}, killed: map[int]bool{}, comms: map[int]string{},
	}
	if ns := p.lasting(h); ns != nil {
		p.say("it is the root filesystem of %s, and stays as long as that does", called(&ns.NamespaceInfo))
		return p.steps
	}
	p.learnNames(h)
	p.releaseOthers(h)
	mounts := p.mountsOf(h)
	for _, r := range mounts {
		p.endNamespace(r)
	}
	for i := range h.Processes {
		p.endProcess(&h.Processes[i])
	}
	for _, r := range mounts {
		p.unmount(r)
	}
	if len(p.steps) == 0 && slices.ContainsFunc(h.Others, func(o nsctl.OtherHolder) bool { return o.Kind == nsctl.OtherSuperblock }) {
		p.say("the kernel has it mounted, but nothing that can be seen holds it: a process that may not be asked, a descriptor on its way through a socket, or an NFS export (exports(5))")
	}
	return p.steps
}

// plan is a list of steps while it is being made.
type plan struct {
	g      *graph.Graph
	s      *nsctl.Snapshot
	steps  []nsctl.ReleaseStep
	gone   map[graph.Ref]bool // mounts that the steps so far unmount
	ended  map[int]bool       // namespaces that they end
	killed map[int]bool       // processes that they end
	comms  map[int]string     // by pid
}

func (p *plan) do(command []string, text string, args ...any) {
	p.steps = append(p.steps, nsctl.ReleaseStep{Command: command, Text: fmt.Sprintf(text, args...)})
}

// say adds a step that no command does.
func (p *plan) say(text string, args ...any) { p.do(nil, text, args...) }

// lasting gives the namespace whose root the filesystem is if that cannot be ended: the
// one that the host booted into, or the observer's own.
func (p *plan) lasting(h *nsctl.FilesystemHolders) *nsctl.Namespace {
	for i := range h.Mounts {
		m := &h.Mounts[i]
		ns := &p.s.Namespaces[m.Space]
		if m.Mount.Mountpoint == "/" && (ns.Kind == nsctl.KindInitial || p.own(m.Space)) {
			return ns
		}
	}
	return nil
}

// own reports whether a namespace is the observer's.
func (p *plan) own(ns int) bool {
	return p.s.Observer.NS != 0 && p.s.Namespaces[ns].NS == p.s.Observer.NS
}

func (p *plan) learnNames(h *nsctl.FilesystemHolders) {
	for i := range p.s.Namespaces {
		for _, process := range p.s.Namespaces[i].Processes {
			p.comms[process.PID] = process.Comm
		}
	}
	for i := range h.Processes {
		p.comms[h.Processes[i].PID] = h.Processes[i].Comm
	}
}

// mountsOf gives the filesystem's mounts, those first whose umount travels: first
// those in a group that has no master, and one's own.
func (p *plan) mountsOf(h *nsctl.FilesystemHolders) []graph.Ref {
	var mounts []graph.Ref
	for i := range h.Mounts {
		if r, ok := p.g.Lookup(h.Mounts[i].Space, h.Mounts[i].Mount.MntID); ok {
			mounts = append(mounts, r)
		}
	}
	rank := func(r graph.Ref) int {
		parent, ok := p.g.Parent(r)
		if !ok {
			return 4
		}
		rank := 3
		if state := p.g.Mount(parent).Propagation; state.Shared != 0 {
			rank = 1
			if state.Master != 0 {
				rank = 2
			}
		}
		return rank
	}
	slices.SortStableFunc(mounts, func(a, b graph.Ref) int {
		order := cmp.Compare(rank(a), rank(b))
		if order == 0 && p.own(a.NS) != p.own(b.NS) {
			order = 1
			if p.own(a.NS) {
				order = -1
			}
		}
		return order
	})
	return mounts
}

// releaseOthers lets go of what is built on the filesystem or its device.
func (p *plan) releaseOthers(h *nsctl.FilesystemHolders) {
	for i := range h.Others {
		o := &h.Others[i]
		device := "/dev/" + o.Device
		ref := device
		if o.Dev != nil {
			ref = o.Dev.String()
		}
		switch o.Kind {
		case nsctl.OtherSwap:
			p.do([]string{"swapoff", cmp.Or(o.Path, device)}, "it is used for swap")
		case nsctl.OtherLoop:
			p.do([]string{"losetup", "-d", device}, "its backing file is %s; what still holds %s tells \"mntscope holders %[2]s\"",
				nsctl.Printable(o.Path), nsctl.Printable(device))
		case nsctl.OtherOverlay:
			p.do([]string{"mntscope", "holders", ref}, "tells how to release the overlay that has %s as a layer", nsctl.Printable(o.Path))
		case nsctl.OtherStacked:
			p.do([]string{"mntscope", "holders", ref}, "tells what holds %s, which is built on it: then take that down (dmsetup remove, cryptsetup close, vgchange -an, mdadm --stop)",
				nsctl.Printable(device))
		case nsctl.OtherPartition:
			p.do([]string{"mntscope", "holders", ref}, "tells what holds its partition %s", nsctl.Printable(device))
		case nsctl.OtherSuperblock: // says only that something must be there
		}
	}
}

// endNamespace ends the namespace of a mount if nothing else releases it: the mount is its
// root, or no process lives in it, in which case the end of it releases all its mounts.
func (p *plan) endNamespace(r graph.Ref) {
	ns := &p.s.Namespaces[r.NS].NamespaceInfo
	lived := entrance(ns) != 0
	if p.ended[r.NS] || p.own(r.NS) || lived && p.g.Mount(r).Mountpoint != "/" {
		return
	}
	p.ended[r.NS] = true
	container := ns.Container
	switch {
	case !lived && len(ns.HeldBy) == 0:
		p.say("%s holds it, where no process lives; what keeps that alive cannot be seen", called(ns))
	case lived && container != nil && (container.Manager == "podman" || container.Manager == "docker") && container.Name+container.ID != "":
		p.do([]string{container.Manager, "stop", cmp.Or(container.Name, container.ID)}, "it is the root of the container")
		for _, process := range ns.Processes {
			p.killed[process.PID] = true
		}
	case lived:
		p.endProcessesOf(ns)
	}
	for _, holder := range ns.HeldBy {
		p.endHolder(ns, holder)
	}
}

func (p *plan) endProcessesOf(ns *nsctl.NamespaceInfo) {
	words := []string{"kill"}
	for _, process := range ns.Processes {
		if !p.killed[process.PID] {
			p.killed[process.PID] = true
			words = append(words, strconv.Itoa(process.PID))
		}
	}
	if len(words) == 1 {
		return
	}
	more := ""
	if ns.ProcessCount > len(ns.Processes) {
		more = fmt.Sprintf(", and %d more", ns.ProcessCount-len(ns.Processes))
	}
	p.do(words, "the processes in %s, which ends with them%s", called(ns), more)
}

// endHolder lets go of a namespace that is kept alive by something else than a process.
func (p *plan) endHolder(ns *nsctl.NamespaceInfo, holder nsctl.Holder) {
	switch holder.Kind {
	case nsctl.HeldByBind:
		at := slices.IndexFunc(p.s.Namespaces, func(n nsctl.Namespace) bool { return n.NS == holder.NS && n.NS != 0 })
		if at < 0 {
			p.say("%s ends when its file is unmounted at %s", called(ns), nsctl.Printable(holder.Path))
			return
		}
		if p.ended[at] {
			return
		}
		if command := p.inside(at, "umount", holder.Path); command != nil {
			p.do(command, "ends %s, which only this mount keeps alive%s", called(ns), besides(ns))
		} else {
			p.say("%s ends when its file is unmounted at %s in %s", called(ns), nsctl.Printable(holder.Path), called(&p.s.Namespaces[at].NamespaceInfo))
		}
	case nsctl.HeldByFD:
		if p.killed[holder.PID] {
			return
		}
		p.killed[holder.PID] = true
		p.do([]string{"kill", strconv.Itoa(holder.PID)}, "or let %s close %s, which keeps %s alive%s",
			p.process(holder.PID), nsctl.Printable(holder.Path), called(ns), besides(ns))
	case nsctl.HeldByThread:
		p.say("%s ends with the thread %d", called(ns), holder.PID)
	case nsctl.HeldByProcess: // ended before
	}
}

// besides says that one holder is not the only one.
func besides(ns *nsctl.NamespaceInfo) string {
	if n := len(ns.HeldBy); n > 1 {
		return fmt.Sprintf(" (one of %d such)", n)
	}
	return ""
}

// endProcess lets go of what a process uses.
func (p *plan) endProcess(h *nsctl.ProcessHolder) {
	if p.killed[h.PID] {
		return
	}
	p.killed[h.PID] = true
	uses := describeUses(h.Uses)
	if h.PID == 1 {
		p.say("pid 1 (%s) uses it and cannot be ended: %s; where it is systemd, \"systemctl daemon-reexec\" opens its files anew", nsctl.Printable(h.Comm), uses)
		return
	}
	other := ""
	switch gentlest(h.Uses) {
	case nsctl.UseCwd:
		other = ", or let it change its directory"
	case nsctl.UseFD, nsctl.UseDevice:
		other = ", or let it close its files"
	}
	p.do([]string{"kill", strconv.Itoa(h.PID)}, "%s: %s%s", p.process(h.PID), uses, other)
}

// gentlest gives the one way in which all these uses could end without the process; ""
// if there is none.
func gentlest(uses []nsctl.FileUse) nsctl.UseKind {
	for _, u := range uses {
		if u.How != uses[0].How {
			return ""
		}
	}
	if len(uses) == 0 {
		return ""
	}
	return uses[0].How
}

// describeUses counts the uses by their kind: "root, cwd, 3 fds".
func describeUses(uses []nsctl.FileUse) string {
	counts := map[nsctl.UseKind]int{}
	var kinds []nsctl.UseKind
	for _, u := range uses {
		if counts[u.How] == 0 {
			kinds = append(kinds, u.How)
		}
		counts[u.How]++
	}
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
		if n := counts[kind]; n > 1 {
			words[i] = fmt.Sprintf("%d %ss", n, kind)
		}
	}
	return strings.Join(words, ", ")
}

// process gives a process for a person: its command, or its pid.
func (p *plan) process(pid int) string {
	if comm := p.comms[pid]; comm != "" {
		return nsctl.Printable(comm)
	}
	return fmt.Sprintf("process %d", pid)
}

// called gives a namespace for a person.
func called(ns *nsctl.NamespaceInfo) string {
	if ns.Name == "" {
		return ns.NS.String()
	}
	return fmt.Sprintf("%s (%v)", nsctl.Printable(ns.Name), ns.NS)
}
