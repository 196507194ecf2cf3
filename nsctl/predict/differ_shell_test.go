package predict_test

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// shell writes a sequence as commands that a person can paste into one shell. What is "/"
// in the scene is /mnt there, so that programs are found; where that makes a
// difference, the test must be run to see it.
func shell(steps []step, files bool) []string {
	lines := []string{
		"unshare --mount --propagation private sh    # as root; without, unshare --user --map-root-user --mount sh",
		`n0=$$; fill() { mkdir -p $1/a/a $1/a/b $1/b/a $1/b/b; touch $1/f; }`,
		"mount -t tmpfs scene /mnt && fill /mnt",
	}
	if files {
		lines = append(lines, "mkdir /mnt/proc && mount --rbind /proc /mnt/proc && mount --make-rprivate /mnt/proc")
	}
	enter := map[string]string{"n0": ""}
	for _, s := range steps {
		op := s.op
		op.Source, op.Target, op.To = below(op.Source), below(op.Target), below(op.To)
		if op.Kind == nsctl.OpRejoin {
			op.ToNS = "$" + op.ToNS
		}
		if op.Kind == nsctl.OpMount {
			op.Source = s.op.Source
		}
		line := enter[s.ns] + strings.ReplaceAll(op.String(), "'", "")
		switch {
		case op.Kind == nsctl.OpUnshare:
			user := ""
			if op.User {
				user = "--user --map-root-user "
			}
			line = enter[s.ns] + "unshare " + user + "--mount --propagation " + op.Then.String() + " sleep 1000 & " + s.makes + "=$!"
			enter[s.makes] = strings.Replace(enter[s.ns], "$"+s.ns, "$"+s.makes, 1)
			if enter[s.makes] == "" {
				enter[s.makes] = "nsenter -t $" + s.makes + " -m -- "
			}
			if op.User {
				enter[s.makes] = "nsenter -t $" + s.makes + " -U -m -- "
			}
		case op.Kind == nsctl.OpRejoin:
			line += "    # move_mount(2) with MOVE_MOUNT_SET_GROUP"
		case op.Kind == nsctl.OpMount && !op.Beneath && (op.FSType == "tmpfs" || op.FSType == "ramfs"):
			line += " && fill " + op.Target
		}
		lines = append(lines, line)
	}
	return lines
}

func below(path string) string {
	if !strings.HasPrefix(path, "/") {
		return path
	}
	return graph.Join("/mnt", path)
}
