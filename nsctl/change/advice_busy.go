package change

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// adviceOnBusy says who keeps a mount busy: a few of them, and how many more there are.
func (c *Changer) adviceOnBusy(ctx context.Context, p *Plan) (why, try string) {
	going := map[nsctl.MountID]bool{}
	var dev nsctl.Dev
	for _, e := range p.Prediction.Effects {
		if e.Kind == nsctl.EffectUmount {
			going[e.Mount.MntID] = true
			if e.Origin {
				dev = e.Mount.Dev
			}
		}
	}
	if len(going) == 0 {
		return "it is in use", ""
	}
	try = fmt.Sprintf("end that, or umount -l; \"mntscope holders %v\" tells all", dev)
	h, err := c.options.Holders(ctx, p.Graph.Snapshot(), dev)
	if err != nil {
		return fmt.Sprintf("it is in use, there or where a copy would go too; by whom cannot be found out: %v", err), try
	}
	who := busyWith(h, going)
	if len(h.Gaps) > 0 && len(who) == 0 {
		return "it is in use, there or where a copy would go too, by what may not be looked at: " + h.Gaps[0].Message, try
	}
	if len(who) == 0 {
		return "it is in use, there or where a copy would go too, but by no process: perhaps by this program, or by something in the kernel", try
	}
	rest := ""
	if more := len(who) - mostHolders; more > 0 {
		who, rest = who[:mostHolders], fmt.Sprintf(", and %d more", more)
	}
	return "it is in use by " + strings.Join(who, ", ") + rest, try
}

// mostHolders is how many are named of those who keep a mount busy.
const mostHolders = 3

// busyWith names what uses one of some mounts of a filesystem.
func busyWith(h *nsctl.FilesystemHolders, mounts map[nsctl.MountID]bool) (list []string) {
	for i := range h.Processes {
		process := &h.Processes[i]
		at := slices.IndexFunc(process.Uses, func(u nsctl.FileUse) bool { return mounts[u.MntID] || u.MntID == 0 })
		if at < 0 {
			continue
		}
		use := &process.Uses[at]
		how := string(use.How)
		if use.FD != nil {
			how += fmt.Sprintf(" %d", *use.FD)
		}
		list = append(list, fmt.Sprintf("%s (pid %d, %s %s)", nsctl.Printable(process.Comm), process.PID, how, nsctl.Printable(use.Path)))
	}
	for i := range h.Others {
		o := &h.Others[i]
		name := o.Device
		if o.Mount != nil {
			name = "at " + o.Mount.Mountpoint
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", o.Kind, nsctl.Printable(name), nsctl.Printable(o.Path))))
	}
	return list
}
