package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
)

func (c *cli) ns() *cobra.Command {
	var from source
	var asJSON bool
	cmd := c.command(&cobra.Command{
		Use:   "ns",
		Short: "List the mount namespaces, one a line",
		Long: prose(`List every mount namespace that can be found on the host, one a line: those of
processes and threads, and those that only an open descriptor or a bind mount
keeps alive.

OWNER is the uid that made the user namespace which owns the mount namespace.
PID and HELD BY name the lowest process in it; where there is none, HELD BY says
what keeps the namespace alive.`),
		Example: `mntscope ns
mntscope ns --json
mntscope ns --snapshot saved.json`,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		listing, err := from.listing(cmd.Context())
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), listing)
		}
		if err := namespaceTable(listing.Namespaces).write(cmd.OutOrStdout(), outputScreen()); err != nil {
			return outputError(err)
		}
		reportGaps(cmd.ErrOrStderr(), listing.Gaps, "--json lists all")
		return nil
	})
	from.flag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func namespaceTable(namespaces []nsctl.NamespaceSummary) *table {
	t := &table{columns: []column{
		{title: "NS", right: true}, {title: "KIND"}, {title: "NAME", shrinks: true}, {title: "PROCS", right: true},
		{title: "PID", right: true}, {title: "OWNER", right: true}, {title: "MOUNTS", right: true},
		{title: "HELD BY", shrinks: true},
	}}
	for i := range namespaces {
		ns := &namespaces[i]
		pid, heldBy := keeper(&ns.NamespaceInfo)
		t.add(number(int64(ns.NS)), nsctl.Printable(string(ns.Kind)), orDash(ns.Name),
			strconv.Itoa(ns.ProcessCount), pid, owner(&ns.NamespaceInfo), strconv.Itoa(ns.MountCount), heldBy)
	}
	return t
}

// keeper gives the lowest process of a namespace, or what else keeps it alive.
func keeper(ns *nsctl.NamespaceInfo) (pid, heldBy string) {
	if len(ns.Processes) > 0 {
		return strconv.Itoa(ns.Processes[0].PID), orDash(ns.Processes[0].Comm)
	}
	if len(ns.HeldBy) == 0 {
		return "-", "-"
	}
	switch h := ns.HeldBy[0]; h.Kind {
	case nsctl.HeldByProcess:
		return number(int64(h.PID)), "-"
	case nsctl.HeldByThread:
		return "-", "thread " + strconv.Itoa(h.PID)
	case nsctl.HeldByFD:
		return "-", "fd " + nsctl.Printable(h.Path)
	case nsctl.HeldByBind:
		return "-", "bind " + nsctl.Printable(h.Path)
	default:
		return "-", nsctl.Printable(string(h.Kind))
	}
}

func owner(ns *nsctl.NamespaceInfo) string {
	if ns.OwnerUID == nil {
		return "?"
	}
	return strconv.FormatUint(uint64(*ns.OwnerUID), 10)
}

// number shows an id of the kernel's; 0 is what could not be read.
func number(n int64) string {
	if n == 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return nsctl.Printable(s)
}
