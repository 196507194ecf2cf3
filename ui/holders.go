package ui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// HoldersFoundMsg brings what holds a filesystem.
type HoldersFoundMsg struct {
	seq  int // of the question
	host *screen.Host
	name string // of the filesystem
	held *nsctl.FilesystemHolders
	err  error
}

// whyNoHolders is why it cannot be asked what holds a filesystem.
func (m *model) whyNoHolders() string {
	switch _, ok := m.selectedMount(); {
	case m.options.Holders == nil:
		return "this explorer cannot ask"
	case !ok:
		return "no mount is selected"
	}
	return ""
}

// askHolders gives the command that finds out what holds the filesystem of the selected
// mount: it asks every process.
func (m *model) askHolders() tea.Cmd {
	r, _ := m.selectedMount()
	mount := m.host.Shown(r)
	if _, there := m.live.FindMount(screen.KeyOf(&m.host.Namespace(r.NS).NamespaceInfo), m.host.MountKey(r)); !there {
		m.note = "the mount is not there yet: nothing can be asked about it"
		return nil
	}
	m.holdersSeq++
	msg := HoldersFoundMsg{seq: m.holdersSeq, host: m.live, name: nsctl.Printable(mount.FSType + " " + mount.Source)}
	ctx, find, dev := m.ctx, m.options.Holders, mount.Dev
	m.note = "asking what holds " + msg.name
	return func() tea.Msg {
		msg.held, msg.err = find(ctx, msg.host.Snapshot(), dev)
		return msg
	}
}

// holdersFound lists what holds it, and what would release it, which can be copied.
func (m *model) holdersFound(msg HoldersFoundMsg) {
	switch {
	case msg.seq != m.holdersSeq:
		return // another one was asked since
	case msg.err != nil:
		m.note = "what holds " + msg.name + " cannot be told: " + kit.Typed(msg.err.Error())
		return
	case m.overlay != nil:
		return
	}
	m.note = ""
	choices, commands := holderChoices(msg.host, msg.held)
	m.showChooser(kit.NewChooser(holdersTitle(msg.name, msg.held), "type to search; enter shows a mount, or copies a command", choices, 0), func(m *model, i int) tea.Cmd {
		if i < len(msg.held.Mounts) {
			m.showHolder(msg.host, &msg.held.Mounts[i])
		}
		if commands[i] == "" {
			return nil
		}
		m.note = "copied the command, if the terminal allows it"
		return tea.SetClipboard(commands[i])
	})
}

// showHolder shows a mount that was found, if it is still there.
func (m *model) showHolder(found *screen.Host, h *nsctl.MountHolder) {
	ns := &found.Namespace(h.Space).NamespaceInfo
	r, there := m.host.FindMount(screen.KeyOf(ns), screen.KeyOfMount(ns, &h.Mount))
	if !there {
		m.note = "the mount is gone"
		return
	}
	m.openMount(r)
}

func holdersTitle(name string, h *nsctl.FilesystemHolders) string {
	parts := []string{kit.Plural(len(h.Mounts), "mount", "mounts"), kit.Plural(len(h.Processes), "process", "processes")}
	if n := len(h.Others); n > 0 {
		parts = append(parts, kit.Plural(n, "other", "others"))
	}
	return "Holds " + name + " " + h.Dev.String() + ": " + strings.Join(parts, ", ")
}

// holderChoices are the rows of the list, and by row the command that is on it.
func holderChoices(host *screen.Host, h *nsctl.FilesystemHolders) (choices []kit.Choice, commands map[int]string) {
	for i := range h.Mounts {
		choices = append(choices, mountHolder(host, &h.Mounts[i]))
	}
	for i := range h.Processes {
		choices = append(choices, processHolder(host, &h.Processes[i]))
	}
	for i := range h.Others {
		choices = append(choices, otherHolder(host, &h.Others[i]))
	}
	if len(choices) == 0 {
		choices = append(choices, kit.Choice{
			Label:  "Nothing that can be seen holds it",
			Detail: "The kernel shows nowhere: descriptors on their way through a socket, files registered with io_uring, what is exported by NFS.",
		})
	}
	commands = map[int]string{}
	for i, step := range h.Release {
		choice := kit.Choice{Label: "release " + number(i+1) + "  " + step.Text}
		if command := nsctl.SafeShellLine(step.Command); command != "" {
			commands[len(choices)] = command
			choice = kit.Choice{Label: "release " + number(i+1) + "  " + command, Note: "enter copies", Detail: step.Text}
		}
		choices = append(choices, choice)
	}
	for _, g := range h.Gaps {
		choices = append(choices, kit.Choice{Label: "not seen  " + nsctl.Printable(g.What), Note: nsctl.Printable(g.Error), Detail: kit.Typed(g.Message)})
	}
	return choices, commands
}

func mountHolder(host *screen.Host, h *nsctl.MountHolder) kit.Choice {
	c := kit.Choice{
		Label: "mount  " + host.Label(h.Space) + " " + nsctl.Printable(h.Mount.Mountpoint),
		Note:  "id " + number(int(h.Mount.MntID)), Detail: "It shows " + nsctl.Printable(h.Mount.Root) + " of the filesystem.",
	}
	if h.Mount.HiddenBy != 0 {
		c.Detail += " It is hidden by mount " + number(int(h.Mount.HiddenBy)) + "."
	}
	if h.PID == 0 {
		c.Detail += " No process is in that namespace."
		for _, held := range h.HeldBy {
			c.Detail += " It is kept alive by " + nsctl.Printable(string(held.Kind)+" "+held.Path) + "."
		}
	}
	return c
}

func processHolder(host *screen.Host, h *nsctl.ProcessHolder) kit.Choice {
	uses := make([]string, len(h.Uses))
	detached := false
	for i := range h.Uses {
		uses[i] = useText(&h.Uses[i])
		detached = detached || h.Uses[i].Detached
	}
	c := kit.Choice{Label: "process " + number(h.PID) + " " + nsctl.Printable(h.Comm) + "  " + strings.Join(uses, ", ")}
	c.Detail = strings.Join(uses, ", ")
	if h.NS != 0 {
		c.Note = host.LabelOf(h.NS)
	}
	if detached {
		c.Detail = "Through a mount that is in no namespace any more. " + c.Detail
	}
	return c
}

func useText(u *nsctl.FileUse) string {
	text := nsctl.Printable(string(u.How))
	if u.FD != nil {
		text += " " + number(*u.FD)
	}
	if u.TID != 0 {
		text += " of thread " + number(u.TID)
	}
	return text + " " + nsctl.Printable(u.Path)
}

func otherHolder(host *screen.Host, h *nsctl.OtherHolder) kit.Choice {
	c := kit.Choice{Label: nsctl.Printable(string(h.Kind)) + "  " + strings.TrimSpace(nsctl.Printable(h.Device)+" "+nsctl.Printable(h.Path))}
	if h.Dev != nil {
		c.Note = h.Dev.String()
	}
	if h.Mount != nil {
		c.Detail = "A layer of the overlay at " + nsctl.Printable(h.Mount.Mountpoint) + " in " + host.Label(h.Space) + "."
	}
	return c
}

func number(n int) string { return strconv.Itoa(n) }
