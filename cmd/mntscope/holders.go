package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/holders"
)

func (c *cli) holders() *cobra.Command {
	var from source
	var asJSON bool
	cmd := c.command(&cobra.Command{
		Use:   "holders DEVICE|MAJ:MIN|PATH",
		Short: "Find everything that still holds a filesystem",
		Long: prose(`Find every mount of a filesystem in all namespaces, every process that has its root,
working directory, program, a mapped or an open file on it, also where it was lazily
unmounted and no table lists it any more, and what else the kernel has on it: swap files,
loop devices, layers of overlays, devices built on its device. And show the commands
that would release it. None of them is run.

The filesystem is named by the file of a block device, by the major and minor number
that mountinfo shows, by a mount point, for what is mounted there, or by any other
path, for the filesystem that it is on. A mount point is never touched, so this works where
a file server is dead.

A saved host knows nothing of what processes use. It finds a filesystem by its number,
a mount point in the namespace of the observer, or its source.`),
		Example: `mntscope holders /mnt/usb
mntscope holders /dev/sdb1
mntscope holders 8:17 --json`,
	}, 1, func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("a filesystem is missing: give a device, MAJOR:MINOR or a path; %q tells more", cmd.CommandPath()+" --help")
		}
		h, err := from.holders(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), h)
		}
		if err := writeHolders(cmd.OutOrStdout(), outputScreen(), h); err != nil {
			return outputError(err)
		}
		reportGaps(cmd.ErrOrStderr(), h.Gaps, "--json lists all")
		return nil
	})
	from.flag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// holders finds what holds the filesystem that ref names.
func (s *source) holders(ctx context.Context, ref string) (*nsctl.FilesystemHolders, error) {
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if s.file != "" {
		dev, err := holders.Find(snapshot, ref)
		if err != nil {
			return nil, err
		}
		return holdersInSaved(ctx, snapshot, dev)
	}
	dev, err := discover.FindFilesystem(ctx, snapshot, ref)
	if err != nil {
		return nil, err
	}
	h, err := discover.Holders(ctx, snapshot, dev)
	if err != nil {
		return nil, fmt.Errorf("cannot find what holds %v: %w", dev, err)
	}
	return h, nil
}

// holdersInSaved finds what a saved host tells of what holds a filesystem.
func holdersInSaved(_ context.Context, s *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error) {
	h := holders.InSnapshot(s, dev)
	h.Gaps = append([]nsctl.Gap{{What: "processes",
		Message: "a saved host does not tell which processes and devices use a filesystem: only its mounts are shown"}}, h.Gaps...)
	h.Release = holders.Release(graph.New(s), h)
	return h, nil
}

func writeHolders(w io.Writer, s screen, h *nsctl.FilesystemHolders) error {
	if !h.Held() {
		_, err := fmt.Fprintf(w, `Nothing that can be seen holds %v: no mount table lists it, and no process that could be asked uses a file on it.
The kernel shows nowhere: descriptors on their way through a socket, and what only these keep alive; files registered
with io_uring; what is exported by NFS (exports(5)).
`, h.Dev)
		return err
	}
	if _, err := fmt.Fprintln(w, holdersHead(h)); err != nil {
		return err
	}
	for _, t := range []*table{holdingMounts(h), holdingProcesses(h), holdingOthers(h)} {
		if len(t.rows) == 0 {
			continue
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := t.write(w, s); err != nil {
			return err
		}
	}
	return writeRelease(w, h.Release)
}

// holdersHead is one line that says what it is and how much holds it.
func holdersHead(h *nsctl.FilesystemHolders) string {
	head := h.Dev.String()
	if len(h.Mounts) > 0 {
		head += " " + orDash(h.FSType) + " " + orDash(h.Source)
	}
	namespaces := map[int]bool{}
	for i := range h.Mounts {
		namespaces[h.Mounts[i].Space] = true
	}
	counts := "no mount lists it"
	if len(h.Mounts) > 0 {
		counts = count(len(h.Mounts), "mount") + " in " + count(len(namespaces), "namespace")
	}
	switch n := len(h.Processes); n {
	case 0:
	case 1:
		counts += ", 1 process"
	default:
		counts += ", " + strconv.Itoa(n) + " processes"
	}
	if n := len(h.Others); n > 0 {
		counts += ", " + count(n, "other holder")
	}
	return head + ": " + counts
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

func holdingMounts(h *nsctl.FilesystemHolders) *table {
	t := &table{columns: []column{
		{title: "NS", right: true}, {title: "NAME", shrinks: true}, {title: "PID", right: true}, {title: "ID", right: true},
		{title: "MOUNT POINT", shrinks: true}, {title: "ROOT", shrinks: true},
	}}
	for i := range h.Mounts {
		m := &h.Mounts[i]
		pid := "-"
		if m.PID != 0 {
			pid = strconv.Itoa(m.PID)
		}
		t.rows = append(t.rows, row{dim: m.Mount.HiddenBy != 0, cells: []string{
			number(int64(m.NS)), orDash(m.Name), pid, strconv.Itoa(int(m.Mount.MntID)), holdingPoint(&m.Mount), orDash(m.Mount.Root),
		}})
	}
	return t
}

func holdingPoint(m *nsctl.Mount) string {
	point := orDash(m.Mountpoint)
	if m.HiddenBy != 0 {
		point += " (hidden by " + strconv.Itoa(int(m.HiddenBy)) + ")"
	}
	return point
}

func holdingProcesses(h *nsctl.FilesystemHolders) *table {
	t := &table{columns: []column{
		{title: "PID", right: true}, {title: "COMMAND", shrinks: true}, {title: "NS", right: true}, {title: "USE"},
		{title: "MOUNT", right: true}, {title: "PATH", shrinks: true},
	}}
	for i := range h.Processes {
		p := &h.Processes[i]
		pid, comm, ns := strconv.Itoa(p.PID), orDash(p.Comm), number(int64(p.NS))
		for j := range p.Uses {
			u := &p.Uses[j]
			path := orDash(u.Path)
			if u.Detached {
				path += " (detached: in no namespace)"
			}
			t.add(pid, comm, ns, useText(u), number(int64(u.MntID)), path)
			pid, comm, ns = "", "", "" // once for each process
		}
	}
	return t
}

func useText(u *nsctl.FileUse) string {
	text := nsctl.Printable(string(u.How))
	if u.FD != nil {
		text += " " + strconv.Itoa(*u.FD)
	}
	if u.TID != 0 {
		text += " of thread " + strconv.Itoa(u.TID)
	}
	return text
}

func holdingOthers(h *nsctl.FilesystemHolders) *table {
	t := &table{columns: []column{{title: "OTHER"}, {title: "DEVICE"}, {title: "NUMBER"}, {title: "PATH", shrinks: true}}}
	for i := range h.Others {
		o := &h.Others[i]
		dev := "-"
		if o.Dev != nil {
			dev = o.Dev.String()
		}
		path := orDash(o.Path)
		if o.Mount != nil {
			path += " (layer of " + orDash(o.Mount.Mountpoint) + " in " + number(int64(o.NS)) + ")"
		}
		t.add(nsctl.Printable(string(o.Kind)), orDash(o.Device), dev, path)
	}
	return t
}

// writeRelease shows the commands, which are never cut, so that they can be copied.
func writeRelease(w io.Writer, steps []nsctl.ReleaseStep) error {
	if len(steps) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\nWhat would release it, in this order:\n")
	width := 0
	lines := make([]string, len(steps))
	for i, step := range steps {
		lines[i] = nsctl.SafeShellLine(step.Command)
		width = max(width, min(cellWidth(lines[i]), maxPadded/2))
	}
	for i, step := range steps {
		text := ""
		if step.Text != "" {
			text = "# " + step.Text
		}
		if lines[i] != "" {
			lines[i] += strings.Repeat(" ", max(0, width-cellWidth(lines[i]))+len(columnGap))
		}
		b.WriteString(strings.TrimRight(lines[i]+text, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
