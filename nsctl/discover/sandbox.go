package discover

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// sandboxKeeper is what the process calls itself that lives in every sandbox of this
// program (package sandbox).
const sandboxKeeper = "mntscope-keeper"

// sandboxName gives the name of the sandbox that one of the first processes of a namespace
// keeps; empty if there is none. It is the process's own word, like what is told of
// containers by their monitors. That is asked, and not the directories where sandboxes
// are recorded, because it holds for those of all users, and no longer than the keeper
// lives.
func sandboxName(processes []nsctl.Process) string {
	for i, p := range processes {
		// The first process of a sandbox is its keeper, though pids may have begun anew since;
		// any later process can call itself what it likes.
		if p.Comm == sandboxKeeper && (i == 0 || readProcStat(p.PID).started <= readProcStat(processes[0].PID).started) {
			return nameFromKeeper(p.PID)
		}
	}
	return ""
}

// nameFromKeeper reads the name from a keeper's arguments.
func nameFromKeeper(pid int) string {
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return ""
	}
	defer dir.Close()
	line, err := dir.ReadFile("cmdline", nil)
	if err != nil {
		return ""
	}
	if args := strings.Split(string(line), "\x00"); len(args) > 1 && args[0] == sandboxKeeper {
		return validText(args[1])
	}
	return ""
}
