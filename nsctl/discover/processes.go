package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// process is what /proc tells about one process: the namespaces that it, its
// threads and its descriptors keep alive.
type process struct {
	pid int
	ns  nsctl.NSNumber // 0 if err says why it is unknown
	err error

	threads    []thread // those that live in another namespace than the process
	threadsErr error    // why some of them could not be asked
	files      []nsFile
	filesErr   error
}

type thread struct {
	tid int
	ns  nsctl.NSNumber
}

type nsFile struct {
	fd int
	ns nsctl.NSNumber
}

// procPath gives the directory of a process, or of a thread of it.
func procPath(pid, tid int) string {
	if tid == 0 || tid == pid {
		return "/proc/" + strconv.Itoa(pid)
	}
	return "/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid)
}

// readProcesses looks at every process of the host, in the order of their pids.
// Those that end meanwhile are left out, and so are those that do not answer, which are
// given apart.
func readProcesses(ctx context.Context, workers *pool, stuck *stuckProcesses) (processes []process, silent []int, err error) {
	pids, err := listPIDs()
	if err != nil {
		return nil, nil, err
	}
	pids, silent = stuck.without(pids)
	processes = make([]process, len(pids))
	newAsker := func() func(i int) process {
		return func(i int) process { return stuck.ask(pids[i], readProcess) }
	}
	unanswered, err := askEach(ctx, workers.workers, len(pids), patience, newAsker, func(i int, p process) { processes[i] = p })
	if err != nil {
		return nil, nil, err
	}
	for _, i := range unanswered {
		silent = append(silent, pids[i])
	}
	return slices.DeleteFunc(processes, func(p process) bool { return p.pid == 0 }), silent, nil
}

// errNoProc is why nothing can be known where something else covers /proc: what is there is
// no host without processes, and none that was started anew.
var errNoProc = errors.New("cannot list processes: there are none in /proc: mntscope needs the proc filesystem at /proc; something else may be mounted on it")

func listPIDs() ([]int, error) {
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("cannot list processes: %w: mntscope needs the proc filesystem at /proc", err)
	}
	defer proc.Close()
	var pids []int
	err = proc.Names(func(name []byte) {
		if pid, err := strconv.Atoi(string(name)); err == nil {
			pids = append(pids, pid)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("cannot list processes: /proc: %w", err)
	}
	if len(pids) == 0 { // a proc shows at least who asks, or whom he has left behind
		return nil, errNoProc
	}
	slices.Sort(pids)
	return pids, nil
}

// readProcess gives a process with pid 0 if it has ended.
func readProcess(pid int) process {
	p := process{pid: pid}
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return process{}
	}
	defer dir.Close()
	p.ns, err = readNSLink(dir, "ns/mnt")
	if sys.Gone(err) { // or a zombie, which has no namespace any more
		// A zombie's other threads may live on in it: the leader of a process
		// can end before they do.
		p.ns = 0
		p.threads, p.threadsErr = readThreads(dir, pid, 0)
		if len(p.threads) == 0 {
			return process{}
		}
		return p
	}
	p.err = err
	p.threads, p.threadsErr = readThreads(dir, pid, p.ns)
	p.files, p.filesErr = readNSFiles(dir)
	return p
}

// readNSLink reads the number of a mount namespace from a link such as ns/mnt. It
// gives 0 and no error for a link to anything else.
func readNSLink(dir sys.Dir, name string) (nsctl.NSNumber, error) {
	var buf [64]byte // longer targets are cut, and are not of the form mnt:[N]
	target, err := dir.ReadlinkInto(name, buf[:])
	if err != nil {
		return 0, err
	}
	const prefix = "mnt:["
	if len(target) < len(prefix) || string(target[:len(prefix)]) != prefix {
		return 0, nil
	}
	n, err := nsctl.ParseNSNumber(string(target))
	if err != nil {
		return 0, nil // a file that somebody named so
	}
	return n, nil
}

// readThreads gives the threads that live in another namespace than home.
func readThreads(process sys.Dir, pid int, home nsctl.NSNumber) ([]thread, error) {
	// Most processes have one thread: their directory task has three links.
	if links, err := process.LinkCount("task"); err != nil || links == 3 && home != 0 {
		return nil, ignoreGone(err)
	}
	task, err := process.OpenDir("task")
	if err != nil {
		return nil, ignoreGone(err)
	}
	defer task.Close()
	var threads []thread
	var refused error
	err = task.Names(func(name []byte) {
		tid, err := strconv.Atoi(string(name))
		if err != nil || tid == pid {
			return
		}
		ns, err := readNSLink(task, string(name)+"/ns/mnt")
		switch {
		case err != nil:
			refused = cmp.Or(refused, ignoreGone(err))
		case ns != home && ns != 0:
			threads = append(threads, thread{tid, ns})
		}
	})
	return threads, cmp.Or(refused, ignoreGone(err))
}

// readNSFiles gives the descriptors that are open on mount namespace files.
func readNSFiles(process sys.Dir) ([]nsFile, error) {
	dir, err := process.OpenDir("fd")
	if err != nil {
		return nil, ignoreGone(err)
	}
	defer dir.Close()
	var files []nsFile
	var refused error
	err = dir.Names(func(name []byte) {
		ns, err := readNSLink(dir, string(name))
		if err != nil {
			refused = cmp.Or(refused, ignoreGone(err))
			return
		}
		if fd, err := strconv.Atoi(string(name)); err == nil && ns != 0 {
			files = append(files, nsFile{fd, ns})
		}
	})
	return files, cmp.Or(refused, ignoreGone(err))
}

// ignoreGone drops errors that only say that something ended meanwhile: what has
// ended holds nothing.
func ignoreGone(err error) error {
	if sys.Gone(err) {
		return nil
	}
	return err
}
