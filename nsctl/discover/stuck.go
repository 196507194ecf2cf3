package discover

import "sync"

// stuckProcesses are those that are being asked, some of them for ever: within execve(2)
// a process closes files, and while it waits there for a dead file server, who reads its
// links in /proc waits with it (exec_update_lock, taken in exec_mmap in fs/exec.c). Who is not
// finished with a process since an earlier scan does not ask it again, so that there is never
// more than one thread that waits for it.
type stuckProcesses struct {
	mu    sync.Mutex
	asked map[int]bool
}

// without leaves out processes that are being asked still, and gives them apart.
func (s *stuckProcesses) without(pids []int) (free, stuck []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		return pids, nil
	}
	for _, pid := range pids {
		if s.asked[pid] {
			stuck = append(stuck, pid)
		} else {
			free = append(free, pid)
		}
	}
	return free, stuck
}

// ask reads a process.
func (s *stuckProcesses) ask(pid int, read func(pid int) process) process {
	s.mark(pid)
	defer s.done(pid)
	return read(pid)
}

func (s *stuckProcesses) mark(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = map[int]bool{}
	}
	s.asked[pid] = true
}

func (s *stuckProcesses) done(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asked, pid)
}
