package discover

import (
	"os"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// OwnMounts reads the mounts that the process itself sees, from /proc/self/mountinfo and
// nothing else: below its root, in the order of the kernel. Where that file takes more
// than one read(2) and the table changes meanwhile, it may be torn; a Scanner looks closer.
func OwnMounts() ([]nsctl.Mount, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	mounts, err := parseMountinfo(table)
	if err != nil {
		return nil, err
	}
	for i, by := range graph.HiddenBy(mounts) {
		mounts[i].HiddenBy = by
	}
	return mounts, nil
}
