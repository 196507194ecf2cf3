package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// texts are what filters search in, made ready so that a letter typed into one is
// answered within a frame on the largest host: in lower case, and with the escapes
// that are shown.
type texts struct {
	mounts [][]string // of each mount: mount point, filesystem and source
	labels []string   // of each namespace
	groups []string   // of each group of the forest
}

// between stands between two texts that are searched as one; it cannot be typed.
const between = "\x00"

func newTexts(s *nsctl.Snapshot, f *graph.Forest, labels []string) texts {
	t := texts{mounts: make([][]string, len(s.Namespaces)), labels: make([]string, len(labels)), groups: make([]string, len(f.Groups))}
	for i := range f.Groups {
		t.groups[i] = "group " + number(f.Groups[i].ID)
		if f.Groups[i].Ghost {
			t.groups[i] += " ghost"
		}
	}
	for i, l := range labels {
		t.labels[i] = strings.ToLower(l)
	}
	// Most mounts are copies of mounts in other namespaces: they share their text.
	type place struct{ mountpoint, fstype, source string }
	known := map[place]string{}
	for i := range s.Namespaces {
		mounts := s.Namespaces[i].Mounts
		t.mounts[i] = make([]string, len(mounts))
		for j := range mounts {
			m := &mounts[j]
			at := place{m.Mountpoint, m.FSType, m.Source}
			text, ok := known[at]
			if !ok {
				text = strings.ToLower(nsctl.Printable(m.Mountpoint) + between + nsctl.Printable(m.FSType) + between + nsctl.Printable(m.Source))
				known[at] = text
			}
			t.mounts[i][j] = text
		}
	}
	return t
}
