package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// watchRun is a watch that goes on in the background.
type watchRun struct {
	t    *testing.T
	cmd  *exec.Cmd
	errs bytes.Buffer
	wake chan struct{}
	read sync.WaitGroup

	mu    sync.Mutex
	lines []string
}

// startWatch runs the command, and waits for its first line.
func startWatch(t *testing.T, args ...string) *watchRun {
	t.Helper()
	w := &watchRun{t: t, cmd: program(t, append([]string{"watch"}, args...)...), wake: make(chan struct{}, 1)}
	w.cmd.Env = append(w.cmd.Env, "TZ=UTC")
	w.cmd.Stderr = &w.errs
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if w.cmd.ProcessState == nil {
			w.interrupt(os.Interrupt)
		}
	})
	w.read.Go(func() {
		in := bufio.NewReader(out)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			w.mu.Lock()
			w.lines = append(w.lines, line)
			w.mu.Unlock()
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}
	})
	w.await("watching has begun", func([]string) bool { return true })
	return w
}

// await waits until the lines, of which there is at least one, are as wanted.
func (w *watchRun) await(what string, wanted func(lines []string) bool) {
	w.t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		lines := slices.Clone(w.lines)
		w.mu.Unlock()
		if len(lines) > 0 && wanted(lines) {
			return
		}
		select {
		case <-w.wake:
		case <-timeout:
			w.t.Fatalf("it was not told that %s:\n%.4000s", what, strings.Join(lines, ""))
		}
	}
}

// awaitLine waits for a line with some texts in it. Others use the machine as well: the
// texts should not fit what they do.
func (w *watchRun) awaitLine(texts ...string) {
	w.t.Helper()
	w.await("there is "+strings.Join(texts, " "), func(lines []string) bool {
		return slices.ContainsFunc(lines, func(line string) bool {
			return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) })
		})
	})
}

// hearsWho says whether the watch is one that learns who does something: root's, unless
// others use up the kernel's fanotify groups.
func hearsWho(out string) bool {
	first, _, _ := strings.Cut(out, "\n")
	return os.Geteuid() == 0 && !strings.Contains(first, "without fanotify") && !strings.Contains(first, `"text":"not used: fanotify`)
}

// field is how a recording names the namespace of an event.
func (r *room) field() string { return `,"ns":` + strings.Trim(r.NS.String(), "mnt:[]") + "," }

// interrupt ends it with a signal, and gives what it left.
func (w *watchRun) interrupt(by os.Signal) result {
	w.t.Helper()
	if err := w.cmd.Process.Signal(by); err != nil {
		w.t.Error(err)
	}
	return w.finish()
}

// finish waits for its end.
func (w *watchRun) finish() result {
	w.t.Helper()
	w.read.Wait()
	_ = w.cmd.Wait() // the exit status tells
	return result{w.cmd.ProcessState.ExitCode(), strings.Join(w.lines, ""), w.errs.String()}
}
