package discover

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// swap is a line of /proc/swaps (proc_swaps(5)).
type swap struct {
	path      string
	partition bool // or else a file
}

// parseSwaps reads /proc/swaps. A swap file that was removed is left with the path that it
// had.
func parseSwaps(text string) []swap {
	var swaps []swap
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasPrefix(fields[0], "/") {
			continue // the heads of the columns
		}
		// seq_file_path(..., " \t\n\\") in mm/swapfile.c escapes what a path and its
		// " (deleted)" have of these.
		path := strings.TrimSuffix(nsctl.UnescapeOctal(fields[0]), " (deleted)")
		swaps = append(swaps, swap{path, fields[1] == "partition"})
	}
	return swaps
}

// swaps gives the swap files on a filesystem, and the swap space on a device.
func (b blockDevices) swaps(dev nsctl.Dev) []nsctl.OtherHolder {
	text, _ := b.text("proc/swaps")
	var found []nsctl.OtherHolder
	for _, s := range parseSwaps(text) {
		if s.partition {
			stat, err := sys.CurrentDir.Stat(b.path(s.path))
			if err == nil && stat.BlockDevice && nsctl.Dev(stat.Rdev) == dev {
				found = append(found, nsctl.OtherHolder{Kind: nsctl.OtherSwap, Path: s.path})
			}
		} else if b.fileOn(s.path, dev) {
			found = append(found, nsctl.OtherHolder{Kind: nsctl.OtherSwap, Path: s.path})
		}
	}
	return found
}
