package holders

import (
	"fmt"
	"path"
	"strings"

	"mntscope/nsctl"
)

// Find gives the filesystem that ref names, without a look at the host: MAJOR:MINOR, a
// mount point in the namespace of the snapshot's observer, or what some table names as
// the source of one filesystem only. Its errors are sentences for a person.
func Find(s *nsctl.Snapshot, ref string) (nsctl.Dev, error) {
	if dev, err := nsctl.ParseDev(ref); err == nil {
		return dev, nil
	}
	if ns := Observers(s); ns != nil && path.IsAbs(ref) {
		if m, ok := MountAt(ns, path.Clean(ref)); ok && m.Mountpoint == path.Clean(ref) {
			return m.Dev, nil
		}
	}
	var named []nsctl.Dev
	seen := map[nsctl.Dev]bool{}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			if m := &s.Namespaces[i].Mounts[j]; m.Source == ref && !seen[m.Dev] {
				seen[m.Dev] = true
				named = append(named, m.Dev)
			}
		}
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return nsctl.Dev{}, fmt.Errorf("%s is the source of %d filesystems (%s): give the MAJOR:MINOR of one",
			nsctl.Printable(ref), len(named), someDevs(named))
	}
	return nsctl.Dev{}, fmt.Errorf("%s is no MAJOR:MINOR, no mount point in the namespace of the observer, and not the source of a mount; more cannot be told from a saved host",
		nsctl.Printable(ref))
}

func someDevs(devs []nsctl.Dev) string {
	const most = 4
	var texts []string
	for _, dev := range devs[:min(len(devs), most)] {
		texts = append(texts, dev.String())
	}
	if len(devs) > most {
		texts = append(texts, "...")
	}
	return strings.Join(texts, ", ")
}
