package trace

import (
	"bytes"
	"strconv"
	"time"

	"mntscope/nsctl/internal/sys"
)

// names remembers who threads are. The kernel's text has a name and a process for each,
// but they are those that it saw when the thread last left a processor: a program that
// has just been executed has the name of its parent there, or none ("<...>"), in some
// of 100 cases. What task_rename tells is exact.
type names struct {
	proc    sys.Dir
	asks    bool // the kernel's ids are those of /proc
	threads map[int]thread
	buf     []byte
}

// thread is what is known of a thread.
type thread struct {
	comm  string
	named bool // comm is known
	tgid  int  // 0 if unknown
	since time.Duration
}

// believed is how long what was learned of a thread is taken for true: after that its
// id may be another's, and if not, it can be asked again.
const believed = 10 * time.Second

// maxThreads bounds the memory of names. Who is forgotten can be asked if it is alive.
const maxThreads = 16384

func newNames(proc sys.Dir) names {
	return names{proc: proc, asks: sys.InFirstPIDNamespace(), threads: map[int]thread{}, buf: make([]byte, 0, 4096)}
}

func (n *names) renamed(tid int, comm []byte, now time.Duration) {
	n.remember(tid, thread{comm: string(comm), named: true, since: now})
}

func (n *names) remember(tid int, t thread) {
	if len(n.threads) >= maxThreads {
		for tid, old := range n.threads {
			if t.since-old.since > believed {
				delete(n.threads, tid)
			}
		}
		if len(n.threads) >= maxThreads {
			clear(n.threads)
		}
	}
	n.threads[tid] = t
}

// of says who made the call of an event.
func (n *names) of(e event) (comm string, tgid int) {
	known, ok := n.threads[e.tid]
	if ok && e.time-known.since > believed {
		known, ok = thread{}, false
	}
	if ok && known.named && known.tgid != 0 {
		return known.comm, known.tgid
	}
	known = n.ask(e, known)
	if !ok {
		known.since = e.time
	}
	n.remember(e.tid, known)
	return known.comm, known.tgid
}

// ask completes what is known of a thread: by /proc if it is alive, else by what the
// kernel remembers of it.
func (n *names) ask(e event, t thread) thread {
	dir := strconv.Itoa(e.tid) + "/"
	if !t.named {
		t.named = true
		if comm, ok := n.read(dir + "comm"); ok {
			t.comm = string(bytes.TrimSuffix(comm, []byte("\n")))
		} else if string(e.comm) != "<...>" {
			t.comm = string(e.comm)
		}
	}
	t.tgid = e.tgid
	if status, ok := n.read(dir + "status"); ok {
		_, rest, _ := bytes.Cut(status, []byte("\nTgid:\t"))
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		if tgid, err := strconv.Atoi(string(line)); err == nil {
			t.tgid = tgid
		}
	}
	if t.tgid == 0 {
		t.tgid = e.tid
	}
	return t
}

func (n *names) read(file string) (text []byte, ok bool) {
	if !n.asks {
		return nil, false
	}
	text, err := n.proc.ReadFile(file, n.buf[:0])
	return text, err == nil
}
