package watch

import (
	"os"
	"strconv"
	"strings"

	"mntscope/nsctl"
)

// actors remembers processes that do something, as they may be gone when somebody asks.
type actors struct {
	// asks says that /proc names processes as this process's own pid namespace does.
	asks  bool
	known map[int]actor
	// order is that in which they were met, to forget the oldest.
	order []int
	fresh map[int]bool // met in this batch
}

type actor struct {
	comm string
	ns   nsctl.NSNumber // 0 if unknown
}

// maxActors bounds what is remembered. A pid is used again after thousands of others.
const maxActors = 4096

func newActors() *actors {
	self, _ := os.Readlink("/proc/self") // no process has an empty name
	return &actors{asks: self == strconv.Itoa(os.Getpid()), known: map[int]actor{}, fresh: map[int]bool{}}
}

// meet looks at a process, which may be about to end.
func (a *actors) meet(pid int) actor {
	if pid <= 0 || a.fresh[pid] || !a.asks {
		return a.known[pid]
	}
	a.fresh[pid] = true
	now := a.known[pid]
	if ns := homeOf(pid); ns != 0 {
		now.ns = ns
	}
	if comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); err == nil {
		now.comm = strings.TrimSuffix(string(comm), "\n")
	}
	a.remember(pid, now)
	return now
}

// born notes where a new process is: where who made it is.
func (a *actors) born(pid, maker int) {
	if !a.asks {
		return
	}
	of := a.known[maker]
	if of.ns == 0 {
		of = a.meet(maker)
	}
	delete(a.fresh, pid) // it was another one's
	a.remember(pid, actor{comm: of.comm, ns: of.ns})
}

// settles notes where a process is that has just become another program: it may be gone
// when it is of interest.
func (a *actors) settles(pid int) {
	if ns := homeOf(pid); ns != 0 {
		now := a.known[pid]
		now.ns = ns
		a.remember(pid, now)
	}
}

func homeOf(pid int) nsctl.NSNumber {
	link, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/mnt")
	if err != nil {
		return 0
	}
	ns, _ := nsctl.ParseNSNumber(link) // 0 for anything else
	return ns
}

// again looks at a process that has gone to another namespace. If it is too late for that,
// it is unknown where it is.
func (a *actors) again(pid int) {
	delete(a.fresh, pid)
	if now, ok := a.known[pid]; ok {
		now.ns = 0
		a.known[pid] = now
	}
	a.meet(pid)
}

// named takes a name from one who knows it better.
func (a *actors) named(pid int, comm string) {
	if now := a.known[pid]; comm != "" && now.comm != comm {
		now.comm = comm
		a.remember(pid, now)
	}
}

func (a *actors) remember(pid int, now actor) {
	if _, ok := a.known[pid]; !ok {
		if len(a.order) >= maxActors {
			delete(a.known, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, pid)
	}
	a.known[pid] = now
}

// endBatch lets the processes be met again.
func (a *actors) endBatch() { clear(a.fresh) }

// who gives a process in the form of an event; nil for an unknown one.
func (a *actors) who(pid int) *nsctl.Actor {
	if pid <= 0 {
		return nil
	}
	return &nsctl.Actor{PID: pid, Comm: a.known[pid].comm}
}
