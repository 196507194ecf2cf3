package discover

import (
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// refusedGaps tells of the descriptors and threads that could not be looked at: one
// gap for all processes that gave the same error, as there can be thousands.
func refusedGaps(processes []process) []nsctl.Gap {
	var gaps []nsctl.Gap
	for _, kind := range []struct {
		what, text string
		err        func(process) error
	}{
		{"fds", "the open descriptors of %s may not be looked at (%s): a namespace that only they keep alive is missing", func(p process) error { return p.filesErr }},
		{"threads", "the threads of %s may not be looked at (%s): a namespace that only they live in is missing", func(p process) error { return p.threadsErr }},
	} {
		byError := map[string][]int{}
		var order []string
		for _, p := range processes {
			if err := kind.err(p); err != nil {
				name := sys.ErrnoName(err)
				if byError[name] == nil {
					order = append(order, name)
				}
				byError[name] = append(byError[name], p.pid)
			}
		}
		for _, name := range order {
			pids := byError[name]
			gaps = append(gaps, nsctl.Gap{PID: pids[0], What: kind.what, Error: name,
				Message: fmt.Sprintf(kind.text, somePIDs(pids), name)})
		}
	}
	return gaps
}

// somePIDs lists processes for a person: all if they are few, else how many.
func somePIDs(pids []int) string {
	const most = 5
	if len(pids) == 1 {
		return fmt.Sprintf("pid %d", pids[0])
	}
	listed := fmt.Sprint(pids[:min(len(pids), most)])
	listed = strings.ReplaceAll(strings.Trim(listed, "[]"), " ", ", ")
	if len(pids) > most {
		listed += ", ..."
	}
	return fmt.Sprintf("%d processes (pids %s)", len(pids), listed)
}

// silentGaps tells of processes that do not answer.
func silentGaps(pids []int) []nsctl.Gap {
	if len(pids) == 0 {
		return nil
	}
	return []nsctl.Gap{{PID: pids[0], What: "namespace", Error: "ETIMEDOUT", Message: fmt.Sprintf(
		"what /proc tells of %s cannot be read: it waits within execve(2), as for a file server that is dead; the namespace it lives in, and what it holds, may be missing", somePIDs(pids))}}
}

// unplacedGap is for a process of which not even a mount could be read.
func unplacedGap(p process, err error) nsctl.Gap {
	g := nsctl.Gap{PID: p.pid, What: "namespace", Error: sys.ErrnoName(p.err),
		Message: fmt.Sprintf("it cannot be told which mount namespace pid %d is in: %s", p.pid, refusedLink(p))}
	if err == nil {
		g.Message += ", and it sees no mounts to tell it by"
	} else {
		g.Message += fmt.Sprintf(", and so may not its mounts (%v)", err)
	}
	return g
}

// unnamedGap is for a namespace that was found through its mounts only.
func unnamedGap(p process) nsctl.Gap {
	return nsctl.Gap{PID: p.pid, What: "namespace", Error: sys.ErrnoName(p.err),
		Message: fmt.Sprintf("pid %d is in a mount namespace of its own, whose number and owner cannot be told: %s; its mounts are listed as that process sees them", p.pid, refusedLink(p))}
}

func refusedLink(p process) string {
	return fmt.Sprintf("/proc/%d/ns/mnt may not be read (%s)", p.pid, sys.ErrnoName(p.err))
}

// standingGaps tells of what nobody without privilege in the first user namespace is shown.
func standingGaps() []nsctl.Gap {
	if sys.AdministersHost() {
		return []nsctl.Gap{}
	}
	return []nsctl.Gap{{What: "namespaces",
		Message: "mount namespaces that no process is in may be missing: only CAP_SYS_ADMIN on the host shows all of them"}}
}
