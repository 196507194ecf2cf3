package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"mntscope/nsctl/internal/sys"
)

// instance is a set of buffers and switches of our own.
type instance struct {
	parent sys.Dir // the directory of instances
	name   string
	dir    sys.Dir
	pipe   sys.File
}

const (
	instances = "instances"
	prefix    = "mntscope-"
)

// newInstance makes an instance. From when its pipe is open the kernel refuses to remove
// it. Who removes stale ones would remove it before that, so making and removing takes
// a lock (flock(2)) on the directory.
func newInstance(tracefs sys.Dir) (*instance, error) {
	parent, err := tracefs.OpenDir(instances)
	if err != nil {
		return nil, err
	}
	i := &instance{parent: parent}
	if err = parent.Lock(); err == nil {
		if err = removeStale(parent); err == nil {
			err = i.make()
		}
		parent.Unlock()
	}
	if err != nil {
		parent.Close()
		return nil, err
	}
	return i, nil
}

func (i *instance) make() error {
	err := fs.ErrExist
	for try := 1; try < 100 && errors.Is(err, fs.ErrExist); try++ {
		i.name = fmt.Sprint(prefix, os.Getpid())
		if try > 1 { // another tracer of this process, or of this pid in another pid namespace
			i.name = fmt.Sprint(i.name, "-", try)
		}
		err = i.parent.MakeDir(i.name)
	}
	if err != nil {
		return err
	}
	if i.dir, err = i.parent.OpenDir(i.name); err == nil {
		if i.pipe, err = i.dir.Open("trace_pipe"); err == nil {
			return nil
		}
		i.dir.Close()
	}
	_ = i.parent.RemoveDir(i.name) // the error that matters is the first
	return err
}

// removeStale removes the instances of processes that were killed. One that is in use is
// busy for the kernel.
func removeStale(parent sys.Dir) error {
	var stale []string
	err := parent.Names(func(name []byte) {
		if strings.HasPrefix(string(name), prefix) {
			stale = append(stale, string(name))
		}
	})
	for _, name := range stale {
		_ = parent.RemoveDir(name) // EBUSY: it is another watcher's
	}
	return err
}

// remove frees the instance. What it was tracing ends with it.
func (i *instance) remove() error {
	err := i.parent.Lock()
	i.pipe.Close()
	i.dir.Close()
	if err == nil {
		err = i.parent.RemoveDir(i.name)
	}
	i.parent.Close() // and with it the lock
	return err
}

// traced are the tracepoints of system calls, with the filters of those of which only few
// calls matter.
func traced() map[string]string {
	const mountNamespace = "0x20000" // CLONE_NEWNS
	return map[string]string{
		"mount":          "",
		"umount":         "",
		"move_mount":     "",
		"mount_setattr":  "",
		"open_tree_attr": "",
		"pivot_root":     "",
		"fsconfig":       "cmd == 7", // FSCONFIG_CMD_RECONFIGURE
		"unshare":        "unshare_flags & " + mountNamespace,
		"setns":          "flags == 0 || flags & " + mountNamespace,
	}
}

// start sets the instance up and begins to trace.
func (i *instance) start(bufferKB int) error {
	must := []struct{ file, text string }{
		{"trace_clock", "mono"},
		{"buffer_size_kb", fmt.Sprint(bufferKB)},
		{"trace_options", "overwrite"}, // what is lost is the oldest, and is told
		{"trace_options", "record-cmd"},
		{"trace_options", "record-tgid"},
		{"trace_options", "context-info"},
		{"trace_options", "irq-info"},
		{"events/task/task_newtask/filter", "!(clone_flags & 0x10000)"}, // CLONE_THREAD,
	}
	// The instance has the options that somebody may have set for the whole host. Kernels
	// that lack one of these print what is expected without it.
	for _, option := range []string{"annotate", "bin", "block", "fields", "hex", "latency-format",
		"raw", "stacktrace", "userstacktrace", "verbose", "pause-on-trace"} {
		_ = i.dir.WriteFile("trace_options", "no"+option)
	}
	// Newer kernels read strings of the caller's to print them.
	_ = i.dir.WriteFile("syscall_user_buf_size", "0")
	for _, m := range must {
		if err := i.dir.WriteFile(m.file, m.text); err != nil {
			return err
		}
	}
	for call, filter := range traced() {
		if err := i.trace(call, filter); err != nil {
			return err
		}
	}
	for _, event := range []string{"task_rename", "task_newtask"} {
		if err := i.dir.WriteFile("events/task/"+event+"/enable", "1"); err != nil {
			return err
		}
	}
	return i.dir.WriteFile("tracing_on", "1")
}

// trace switches the tracepoints of a system call on. A kernel that lacks a newer
// call lacks its tracepoints as well.
func (i *instance) trace(call, filter string) error {
	at := "events/syscalls/sys_enter_" + call
	if filter != "" {
		err := i.dir.WriteFile(at+"/filter", filter)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	for _, event := range []string{at, "events/syscalls/sys_exit_" + call} {
		err := i.dir.WriteFile(event+"/enable", "1")
		if err != nil && (call == "mount" || !errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return nil
}

// defaultBufferKB is for about 10,000 calls on one processor, and at most 64 MB on all.
func defaultBufferKB() int {
	return max(64, min(1024, 65536/runtime.NumCPU()))
}
