package carry_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// tracedCalls lets the kernel write down which of some system calls this process makes, also
// on threads that it starts, while f runs.
func tracedCalls(t *testing.T, calls []string, f func()) (lines []string) {
	t.Helper()
	tracefs, err := sys.OpenTracefs()
	if err != nil {
		nstest.Unavailable(t, fmt.Sprintf("the kernel's tracing cannot be used: %v", err))
	}
	defer tracefs.Close()
	name := fmt.Sprintf("instances/carry-test-%d", os.Getpid())
	if err := tracefs.MakeDir(name); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tracefs.RemoveDir(name); err != nil {
			t.Error(err)
		}
	}()
	write := func(file, text string) {
		t.Helper()
		if err := tracefs.WriteFile(name+"/"+file, text); err != nil {
			t.Error(err)
		}
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	write("options/event-fork", "1")
	for _, task := range tasks {
		write("set_event_pid", task.Name())
	}
	for _, call := range calls {
		event := name + "/events/syscalls/sys_enter_" + call + "/enable"
		if err := tracefs.WriteFile(event, "1"); errors.Is(err, fs.ErrNotExist) {
			t.Skip("this kernel does not trace system calls")
		} else if err != nil {
			t.Fatal(err)
		}
	}
	f()
	for _, call := range calls {
		write("events/syscalls/sys_enter_"+call+"/enable", "0")
	}
	text, err := tracefs.ReadFile(name+"/trace", nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			_, call, _ := strings.Cut(strings.TrimSpace(line), ": sys_") // comm-pid [cpu] flags time: sys_NAME(arguments)
			lines = append(lines, call)
		}
	}
	return lines
}

// A tree of ten thousand mounts is changed with a single system call, as recursive as it is;
// where the kernel is older than mount_setattr(2), that is mount(2).
func TestRecursiveChangeIsASingleCall(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can trace")
	}
	host := nstest.Host(t)
	thousands(t, host)
	for classic, want := range map[bool]string{false: "mount_setattr(dfd: ", true: "mount(dev_name: "} {
		op := make1(nsctl.Private, nstest.Scratch)
		op.Recursive = true
		calls := tracedCalls(t, []string{"mount_setattr", "mount", "move_mount", "umount", "open_tree", "fsopen"}, func() {
			if r := carry.Job.Do(carry.Job{Op: op, In: spaceOf(t, host), Classic: classic}); r.Failure != nil {
				t.Error(r.Failure)
			}
		})
		if len(calls) != 1 || !strings.HasPrefix(calls[0], want) {
			t.Errorf("classic %v: the calls were\n%s", classic, strings.Join(calls, "\n"))
		}
		t.Log(calls)
	}
}
