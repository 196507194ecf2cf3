package predict

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// dentry is a directory or file of a filesystem, whichever mounts show it: what the
// kernel calls by that name. Mounts are attached to dentries, and it is by them that
// a mount finds its way to other mounts of the same filesystem.
type dentry struct {
	dev nsctl.Dev
	// path is from the root of the filesystem, or for one whose roots are no paths
	// ("net:[4026531840]") another text that is the same for the same dentry.
	path string
}

// rootOf gives the dentry that a mount shows as its root.
func rootOf(m *nsctl.Mount) dentry {
	text, _ := graph.Root(m)
	return dentry{m.Dev, text}
}

// child gives what lies below d.
func (d dentry) child(rest string) dentry { return dentry{d.dev, graph.Join(d.path, rest)} }

// under says whether d is root or something in it (is_subdir), and gives the rest of the
// path. Two texts that are no paths can only be equal.
func (d dentry) under(root dentry) (rest string, ok bool) {
	if d.dev != root.dev {
		return "", false
	}
	return graph.Below(root.path, d.path)
}

// isNamespaceFile says that a root is the file of a namespace, and isMountNamespaceFile
// that it is that of a mount namespace (is_mnt_ns_file in fs/namespace.c).
func (d dentry) isNamespaceFile() bool {
	return !strings.HasPrefix(d.path, "/") && strings.HasSuffix(d.path, "]") && strings.Contains(d.path, ":[")
}

func (d dentry) isMountNamespaceFile() bool {
	return d.isNamespaceFile() && strings.HasPrefix(d.path, "mnt:[")
}
