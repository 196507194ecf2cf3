package graph

import (
	"path"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// Complete gives the paths in a namespace that one which is being typed can become, as far
// as mounts tell: mount points, and the directories above them. A relative path begins
// at the root.
func (g *Graph) Complete(ns int, begun string) nsctl.Completion {
	dir, name := path.Split(begun)
	above := strings.TrimSuffix(path.Clean("/"+dir), "/") + "/"
	found := map[string]nsctl.CompletedPath{} // by name
	mounts := g.Namespace(ns).Mounts
	for i := range mounts {
		rest, below := strings.CutPrefix(mounts[i].Mountpoint, above)
		if !below || rest == "" || mounts[i].HiddenBy != 0 || !strings.HasPrefix(rest, name) {
			continue
		}
		next, _, deeper := strings.Cut(rest, "/")
		p := found[next]
		switch {
		case deeper: // so it is a directory
			p.Path = dir + next + "/"
		case p.Path == "":
			p.Path = dir + next
		}
		p.MountPoint = p.MountPoint || !deeper
		found[next] = p
	}
	c := nsctl.Completion{Common: begun}
	for _, p := range found {
		c.Paths = append(c.Paths, p)
	}
	slices.SortFunc(c.Paths, func(a, b nsctl.CompletedPath) int { return strings.Compare(a.Path, b.Path) })
	if len(c.Paths) > 0 {
		// Of a sorted list, what the first and the last have in common, all have.
		c.Common = max(begun, nsctl.CommonStart(c.Paths[0].Path, c.Paths[len(c.Paths)-1].Path))
	}
	if c.More = len(c.Paths) > nsctl.MaxCompletions; c.More {
		c.Paths = c.Paths[:nsctl.MaxCompletions]
	}
	return c
}
