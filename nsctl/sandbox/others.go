package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// Processes lists the processes in the namespace of a sandbox, also those that came
// there from elsewhere, as with nsenter(1). There are none of an earlier boot.
func (i *Info) Processes() []int {
	if i.NS == 0 || i.BootID != bootID() {
		return nil
	}
	var pids []int
	names, _ := filepath.Glob("/proc/[0-9]*") // fails only on a malformed pattern
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err == nil && pid != os.Getpid() && i.has(name) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// has reports whether a process, by its directory in /proc, is in the namespace. The number of
// a namespace that has ended is used again, its id is not.
func (i *Info) has(process string) bool {
	link, err := os.Readlink(process + "/ns/mnt")
	if err != nil {
		return false
	}
	if number, err := nsctl.ParseNSNumber(link); err != nil || number != i.NS {
		return false
	}
	ns, err := sys.OpenNamespace(process + "/ns/mnt")
	if err != nil {
		return false
	}
	defer ns.Close()
	if number, err := ns.Number(); err != nil || nsctl.NSNumber(number) != i.NS {
		return false
	}
	id, err := ns.MountNSID()
	return i.NSID == 0 || err == nil && nsctl.NSID(id) == i.NSID
}

// endOthers kills the processes that are left in the namespace.
func (i *Info) endOthers() error {
	for round := 0; ; round++ {
		pids := i.Processes()
		if len(pids) == 0 {
			return nil
		}
		if round == 100 {
			return fmt.Errorf("processes in its namespace start others faster than they can be killed: %v", pids)
		}
		for _, pid := range pids {
			if err := i.kill(pid); err != nil {
				return err
			}
		}
	}
}

// kill kills a process if it is in the namespace: the one that is looked at, not another that
// got its pid.
func (i *Info) kill(pid int) error {
	process, err := sys.WatchProcess(pid)
	if err != nil {
		if sys.NoProcess(err) {
			return nil
		}
		return err
	}
	defer process.Close()
	if !i.has("/proc/" + strconv.Itoa(pid)) {
		return nil
	}
	if err := process.Signal(sys.SignalKill); err != nil && !sys.NoProcess(err) {
		return fmt.Errorf("process %d in its namespace cannot be ended: %w", pid, err)
	}
	if !process.Wait(patience) {
		return fmt.Errorf("process %d in its namespace does not end although it was killed: it waits for a device or a file server", pid)
	}
	return nil
}
