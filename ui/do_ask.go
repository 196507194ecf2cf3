package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/ui/screen"
)

// selectedLive gives the selected mount on the host as it is, or why there is none that
// something can be done to.
func (m *model) selectedLive() (r graph.Ref, why string) {
	selected, ok := m.selectedMount()
	if !ok {
		return r, "no mount is selected"
	}
	return m.onLive(selected)
}

// onLive gives a mount of the host that is shown on the host as it is.
func (m *model) onLive(shown graph.Ref) (r graph.Ref, why string) {
	ns := screen.KeyOf(&m.host.Namespace(shown.NS).NamespaceInfo)
	r, there := m.live.FindMount(ns, m.host.MountKey(shown))
	switch {
	case !there:
		return r, "the mount is not there yet: it is only thought of"
	case m.live.Namespace(r.NS).NS == 0:
		return r, "the number of the namespace may not be read: try as root"
	}
	return r, ""
}

// whyNotDo is why nothing can be done with the selected mount.
func (m *model) whyNotDo() string {
	if why := m.whyNoChange(); why != "" {
		return why
	}
	r, why := m.selectedLive()
	if why == "" && m.live.Mount(r).HiddenBy != 0 {
		return "hidden: no path leads to it" + coverOf(m.live, r)
	}
	return why
}

// coverOf tells in few words what hides a mount.
func coverOf(h *screen.Host, r graph.Ref) string {
	by, known := h.Lookup(r.NS, h.Mount(r).HiddenBy)
	if !known {
		return ""
	}
	cover := h.Mount(by)
	return ", as mount " + screen.MountText(cover.MntID) + " at " + nsctl.Printable(cover.Mountpoint) + " covers it"
}

// askToDo makes the run of an action that asks what is to be done with the selected mount.
func askToDo(suggest func(h *screen.Host, r graph.Ref) []suggestion) func(m *model) tea.Cmd {
	return func(m *model) tea.Cmd {
		r, _ := m.selectedLive()
		return m.askWhatToDo(r, suggest(m.live, r))
	}
}

// askWhatToDo asks for an operation in the namespace of a mount, and then proposes it.
func (m *model) askWhatToDo(r graph.Ref, list []suggestion) tea.Cmd {
	at := *m.live.Mount(r)
	a := &asking{
		ns: screen.KeyOf(&m.live.Namespace(r.NS).NamespaceInfo), label: m.live.Name(r.NS), does: "goes on",
		then: func(m *model, a *asking) tea.Cmd {
			ns := m.live.FindNS(a.ns)
			if ns < 0 {
				m.note = "the namespace " + a.label + " is gone"
				return nil
			}
			wanted := change.Request{Op: a.op, NS: m.live.Namespace(ns).NS.String(), Cwd: "/"}
			if a.op.Target == at.Mountpoint {
				wanted.Mount = at.MntID // and not another one that is there by then
			}
			title, seen := "Do it, in "+a.label, gistOf(&a.answer.Outcome)
			if a.op.Kind == nsctl.OpRejoin {
				return m.proposeRejoin(wanted, title, seen)
			}
			return m.proposeSeen([]change.Request{wanted}, title, seen)
		},
	}
	return m.ask(a, "Change mounts in ", list)
}

// newMount suggests filesystems that are mounted on the mount, or somewhere else.
func newMount(h *screen.Host, r graph.Ref) []suggestion {
	var list []suggestion
	for _, new := range [][2]string{
		{"tmpfs", "a filesystem in memory"}, {"proc", "the processes of a pid namespace"}, {"sysfs", "the kernel's devices"},
		{"devpts", "pseudo terminals"}, {"mqueue", "message queues"}, {"cgroup2", "control groups"}, {"ramfs", "files in memory that are never swapped out"},
	} {
		op := nsctl.Op{Kind: nsctl.OpMount, FSType: new[0], Source: new[0], Target: h.Mount(r).Mountpoint}
		list = append(list, suggestion{"mount a " + new[0] + ": " + new[1], op})
	}
	return list
}

func bindIt(h *screen.Host, r graph.Ref) []suggestion {
	return []suggestion{{"bind it to ..", nsctl.Op{Kind: nsctl.OpBind, Source: h.Mount(r).Mountpoint}}}
}

func bindTree(h *screen.Host, r graph.Ref) []suggestion {
	return []suggestion{{"bind it with all below to ..", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: h.Mount(r).Mountpoint}}}
}

func moveIt(h *screen.Host, r graph.Ref) []suggestion {
	return []suggestion{{"move it to ..", nsctl.Op{Kind: nsctl.OpMove, Source: h.Mount(r).Mountpoint}}}
}

func unmountIt(h *screen.Host, r graph.Ref) []suggestion {
	return []suggestion{
		{"unmount it", nsctl.Op{Kind: nsctl.OpUmount, Target: h.Mount(r).Mountpoint}},
		{"unmount it with all below, busy or not", nsctl.Op{Kind: nsctl.OpUmount, Target: h.Mount(r).Mountpoint, Lazy: true}},
	}
}
