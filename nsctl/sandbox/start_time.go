package sandbox

import (
	"bytes"
	"errors"
	"strconv"

	"mntscope/nsctl/internal/sys"
)

// startTime reads when a process was started, in clock ticks since boot
// (proc_pid_stat(5)). It never changes, and tells the process from a later one of the same
// pid.
func startTime(process sys.Dir) (uint64, error) {
	stat, err := process.ReadFile("stat", nil)
	if err != nil {
		return 0, err
	}
	// The command stands in parentheses, and may hold some itself.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const starttime = 22 - 3 // the first field after the command is the third
	if len(fields) <= starttime {
		return 0, errors.New("/proc/PID/stat has too few fields")
	}
	return strconv.ParseUint(string(fields[starttime]), 10, 64)
}
