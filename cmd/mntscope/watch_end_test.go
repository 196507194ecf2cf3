package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWatchForSomeTime(t *testing.T) {
	for _, flag := range []string{"--json", "--ascii"} {
		start := time.Now()
		r := mntscope(t, "watch", flag, "--for", "50ms")
		if r.status != exitDone || r.out == "" || strings.Contains(r.err, "interrupted") {
			t.Errorf("exit status %d, standard error %q, output %.300q", r.status, r.err, r.out)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

func TestWatchEndsBySignal(t *testing.T) {
	for _, by := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		w := startWatch(t)
		if r := w.interrupt(by); r.status != exitDone || strings.Contains(r.err, "interrupted") {
			t.Errorf("%v: exit status %d, standard error %q", by, r.status, r.err)
		}
	}
}

func TestWatchWithoutAPlaceToWrite(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"watch", "--json"}, {"watch"}} {
		cmd := program(t, args...)
		cmd.Stdout = full
		finished(t, cmd).wantFailure(t, exitFailed, "cannot write to standard output: no space left on device")
	}
}

// wantSilentPipe checks that a program ended as any filter that nobody reads.
func wantSilentPipe(t *testing.T, cmd *exec.Cmd, errs string) {
	t.Helper()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGPIPE {
		t.Errorf("it ended with %v, want it by SIGPIPE", cmd.ProcessState)
	}
	if strings.Contains(errs, "pipe") || strings.Contains(errs, "output") {
		t.Errorf("standard error has %q", errs)
	}
}

func TestWatchWithoutAReader(t *testing.T) {
	for _, args := range [][]string{{"watch", "--json"}, {"watch"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := program(t, args...)
		cmd.Stdout = w
		wantSilentPipe(t, cmd, finished(t, cmd).err)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// In a namespace where nothing happens there is never a reason to write.
func TestWatchWhoseReaderLeaves(t *testing.T) {
	home := newRoom(t)
	for _, args := range [][]string{{"watch", "--json"}, {"watch"}} {
		cmd := program(t, append(args, "--ns", home.NS.String())...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = bufio.NewReader(out).ReadString('\n')
		}
		if err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // or it had ended
		if err := out.Close(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // the status tells
		late.Stop()
		wantSilentPipe(t, cmd, errs.String())
	}
}

func TestWatchWrongUsage(t *testing.T) {
	for args, want := range map[string]string{
		"watch --for 0s":    "--for 0s is no time to watch: give a length such as 90s or 5m",
		"watch --for -1m":   "--for -1m0s is no time to watch",
		"watch --for later": "later",
		"watch web":         `unexpected argument "web"`,
		"watch --ns":        "--ns",
	} {
		mntscope(t, strings.Split(args, " ")...).wantFailure(t, exitUsage, want)
	}
	for _, flag := range []string{"--json", "--ascii"} {
		mntscope(t, "watch", flag, "--ns", "self", "--ns", "nobo\x1bdy").wantFailure(t, exitFailed, `no such mount namespace: nobo\x1bdy; "mntscope ns" lists`)
	}
}

func TestCompletionOfWatchedNamespaces(t *testing.T) {
	home := newRoom(t)
	r := mntscope(t, "__complete", "watch", "--ns", "")
	if !strings.Contains(r.out, strings.Trim(home.NS.String(), "mnt:[]")+"\t") {
		t.Errorf("not offered: %v in %q", home.NS, r.out)
	}
}
