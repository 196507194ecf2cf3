package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"mntscope/nsctl/internal/sys"
)

// Options are for tests; the zero value is right for everything else.
type Options struct {
	// BufferKB is how much the kernel keeps for each processor until it is read; 0 stands
	// for 1 MB, which is about 10,000 calls, or less where there are very many processors.
	BufferKB int
}

// Tracer reads what an instance of tracefs records. It is used by one goroutine at a
// time.
type Tracer struct {
	instance *instance
	names    names
	calls    map[string]call // by name
	open     map[int]begun   // by thread, the call that it is in
	buf      []byte
	have     int // bytes at the start of buf that are no whole record yet
}

// call is a system call that is traced.
type call struct {
	name     string // once, so that records share it
	filtered bool   // only the beginnings of some are recorded, but all ends
}

// begun is a call that has not ended.
type begun struct {
	call  string
	flags uint64
	time  time.Duration
}

// Open begins to trace. Everything that happens after it is recorded.
func Open(o Options) (*Tracer, error) {
	if o.BufferKB == 0 {
		o.BufferKB = defaultBufferKB()
	}
	tracefs, err := sys.OpenTracefs()
	if err != nil {
		return nil, explain(err)
	}
	defer tracefs.Close()
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		return nil, explain(err)
	}
	i, err := newInstance(tracefs)
	if err == nil {
		if err = i.start(o.BufferKB); err == nil {
			t := &Tracer{instance: i, calls: map[string]call{}, open: map[int]begun{}, buf: make([]byte, 64<<10)}
			t.names = newNames(proc)
			for name, filter := range traced() {
				t.calls[name] = call{name, filter != ""}
			}
			return t, nil
		}
		_ = i.remove() // the error that matters is the first
	}
	proc.Close()
	return nil, explain(err)
}

// explain adds to an error why it is, and what to try.
func explain(err error) error {
	switch {
	case sys.Refused(err) && sys.AdministersHost():
		return fmt.Errorf("system calls cannot be traced with tracefs: %w: the kernel may be locked down (kernel_lockdown(7)), or a container's rules forbid it; watch from outside of it", err)
	case sys.Refused(err):
		return fmt.Errorf("system calls cannot be traced with tracefs: %w: it takes CAP_SYS_ADMIN in the first user namespace; run it as root", err)
	case errors.Is(err, fs.ErrNotExist), sys.ErrnoName(err) == "ENODEV":
		return fmt.Errorf("system calls cannot be traced with tracefs: %w: the kernel was built without it; one with CONFIG_FTRACE_SYSCALLS has it", err)
	}
	return fmt.Errorf("system calls cannot be traced with tracefs: %w", err)
}

// File is readable, for a [sys.Poller], while there is something to read.
func (t *Tracer) File() sys.File { return t.instance.pipe }

// Instance is the name of the tracer's directory in the instances of tracefs.
func (t *Tracer) Instance() string { return t.instance.name }

// Read calls each for what has happened since the last Read, without waiting. It reads a
// limited amount; more says that there may be more already.
func (t *Tracer) Read(each func(Record)) (more bool, err error) {
	for range 32 { // of about a page
		n, err := t.instance.pipe.ReadSome(t.buf[t.have:])
		if err != nil || n == 0 {
			return false, err
		}
		text := t.buf[:t.have+n]
		for {
			e, size := parse(text)
			if size == 0 {
				break
			}
			text = text[size:]
			if r, ok := t.record(e); ok {
				each(r)
			}
		}
		t.have = copy(t.buf, text)
		if t.have == len(t.buf) { // cannot be: no record is so long
			t.have = 0
		}
	}
	return true, nil
}

// record makes a record of an event, if it is one for the reader.
func (t *Tracer) record(e event) (r Record, ok bool) {
	switch e.kind {
	case lost:
		// An end without its beginning must not be taken for the end of an older call.
		clear(t.open)
		return Record{Lost: e.amount}, true
	case rename:
		t.names.renamed(e.task, e.name, e.time)
		return Record{Time: e.time, TID: e.task, TGID: e.task, Comm: string(e.name), Call: "rename", Exit: true}, true
	case newTask:
		r = Record{Call: "clone", Start: e.time, Flags: e.flags, Exit: true, Ret: int64(e.task)}
	case enter, exit:
		called, ok := t.calls[string(e.call)]
		if !ok {
			return Record{}, false
		}
		r.Call = called.name
		if e.kind == enter {
			r.Flags = flagsOf(r.Call, e.flags)
			t.begin(e.tid, begun{r.Call, r.Flags, e.time})
			break
		}
		r.Exit, r.Ret = true, e.ret
		at, begun := t.open[e.tid]
		delete(t.open, e.tid)
		if begun && at.call == r.Call {
			r.Start, r.Flags = at.time, at.flags
		} else if called.filtered {
			return Record{}, false // its beginning was filtered out
		}
	default:
		return Record{}, false
	}
	r.Time, r.TID = e.time, e.tid
	r.Comm, r.TGID = t.names.of(e)
	return r, true
}

// flagsOf gives the flags of a call, of those where the argument of that name says what
// it does.
func flagsOf(call string, flags uint64) uint64 {
	switch call {
	case "fsconfig", "mount_setattr", "open_tree_attr":
		return 0
	}
	return flags
}

// maxOpen bounds the calls that have not ended, should the ends of many be missing.
const maxOpen = 16384

func (t *Tracer) begin(tid int, b begun) {
	if len(t.open) >= maxOpen {
		clear(t.open)
	}
	t.open[tid] = b
}

// Close ends tracing, and removes the instance.
func (t *Tracer) Close() error {
	t.names.proc.Close()
	if err := t.instance.remove(); err != nil {
		return fmt.Errorf("ending the tracing of system calls: %w", err)
	}
	return nil
}
