package nstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.uber.org/goleak"
)

// watchForLeaks looks at the process as it is now. The function it returns says
// what has been added since.
func watchForLeaks() (check func() error, err error) {
	// Processes that lose their parent become children of this one, where they are
	// found, instead of the machine's first process.
	const prSetChildSubreaper = 36 // prctl(2)
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return nil, fmt.Errorf("prctl PR_SET_CHILD_SUBREAPER: %w", errno)
	}
	// The runtime opens descriptors for its poller on first use.
	r, w, err := os.Pipe()
	if err == nil {
		err = errors.Join(r.Close(), w.Close())
	}
	if err != nil {
		return nil, err
	}
	home := target("/proc/self/ns/mnt")
	before, goroutines := look(home), goleak.IgnoreCurrent()
	return func() error {
		running := goleak.Find(goroutines)
		var leaks []string
		for range 100 {
			if leaks = look(home).since(before); len(leaks) == 0 {
				return running
			}
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a thread takes a moment to end, and tells nobody
		}
		return errors.Join(errors.New(strings.Join(leaks, "\n")), running)
	}, nil
}

// belongings are what a process can leave behind, each in words.
type belongings []string

// look lists what a process whose mount namespace is home has now. What cannot be
// read is listed as an error, which shows as a leak.
func look(home string) belongings {
	var found belongings
	for _, pid := range children() {
		found = append(found, "child process "+pid+": "+commandOf(pid))
	}
	for _, thread := range glob("/proc/self/task/*") {
		if ns := target(thread + "/ns/mnt"); ns != home && ns != "" {
			found = append(found, "thread "+filepath.Base(thread)+" in "+ns)
		}
	}
	for _, fd := range glob("/proc/self/fd/*") {
		if to := target(fd); to != "" { // the one that read the directory is gone
			found = append(found, "descriptor "+filepath.Base(fd)+": "+to)
		}
	}
	mounts, err := os.ReadFile("/proc/thread-self/mountinfo") // self is the first thread, which may be one of those above
	if err != nil {
		found = append(found, err.Error())
	}
	for line := range strings.Lines(string(mounts)) {
		found = append(found, "mount "+strings.TrimSuffix(line, "\n"))
	}
	return found
}

func (b belongings) since(before belongings) []string {
	var added []string
	for _, thing := range b {
		if !slices.Contains(before, thing) {
			added = append(added, thing)
		}
	}
	return added
}

func children() []string {
	var pids []string
	for _, file := range glob("/proc/self/task/*/children") {
		text, err := os.ReadFile(file)
		if err == nil { // else the thread has ended
			pids = append(pids, strings.Fields(string(text))...)
		}
	}
	return pids
}

func commandOf(pid string) string {
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	if err != nil {
		return err.Error()
	}
	if len(line) == 0 {
		return "ended, not waited for"
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(line), "\x00"), "\x00", " ")
}

func target(link string) string {
	to, err := os.Readlink(link)
	if err != nil {
		return ""
	}
	return to
}

func glob(pattern string) []string {
	names, _ := filepath.Glob(pattern) // fails only on a malformed pattern
	return names
}
