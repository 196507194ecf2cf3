package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// beProgram in the environment makes the test binary be the program itself: the
// tests run it as a user would, without a compiler at hand.
const beProgram = "MNTSCOPE_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if help, ok := change.AsHelper(); ok {
		os.Exit(help())
	}
	if os.Getenv(beProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// quickRace keeps the race detector from waiting a second at each end of the program.
const quickRace = "GORACE=atexit_sleep_ms=0"

// result is what a run of the program left: its exit status and what it printed.
type result struct {
	status   int
	out, err string
}

func mntscope(t *testing.T, args ...string) result {
	t.Helper()
	return finished(t, program(t, args...))
}

// deadline is how long a run of the program may take: one that hangs fails its own test, and not
// all of them.
const deadline = 2 * time.Minute

// program prepares a run without a terminal, in a UTF-8 locale.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.WaitDelay = 10 * time.Second // for what it has started, and left
	cmd.Env = append(os.Environ(), beProgram+"=1", quickRace, "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	return cmd
}

func finished(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// wantFailure checks an exit status, and the one line for a person.
func (r result) wantFailure(t *testing.T, status int, words ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status is %d, want %d", r.status, status)
	}
	if r.out != "" {
		t.Errorf("standard output has %q", r.out)
	}
	if !strings.HasPrefix(r.err, "mntscope: ") || strings.Count(r.err, "\n") != 1 || !strings.HasSuffix(r.err, "\n") {
		t.Errorf("standard error is not one line of ours: %q", r.err)
	}
	if strings.ContainsAny(r.err, "\x1b\r\t\a") {
		t.Errorf("standard error has a control character: %q", r.err)
	}
	for _, word := range words {
		if !strings.Contains(r.err, word) {
			t.Errorf("standard error does not say %q: %q", word, r.err)
		}
	}
}

// wantOutput checks a success and its whole output.
func (r result) wantOutput(t *testing.T, out, errs string) {
	t.Helper()
	if r.status != exitDone {
		t.Errorf("exit status is %d, want 0", r.status)
	}
	if r.out != out {
		t.Errorf("standard output is\n%s\nwant\n%s", r.out, out)
	}
	if r.err != errs {
		t.Errorf("standard error is %q, want %q", r.err, errs)
	}
}

// saved writes a snapshot to a file.
func saved(t *testing.T, s *nsctl.Snapshot) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return savedText(t, b.String())
}

func savedText(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func uid(n uint32) *uint32 { return &n }

// host is a small host that has something of everything: a host's namespace, a
// container that is its slave, a namespace without process, a ghost group, a hidden
// mount, and names that want to write to the terminal.
func host() *nsctl.Snapshot {
	mount := func(id, parent nsctl.MountID, point, fstype, source string, p nsctl.Propagation) nsctl.Mount {
		return nsctl.Mount{
			MntID: id, ParentID: parent, Dev: nsctl.Dev{Minor: uint32(id)}, Root: "/", Mountpoint: point,
			FSType: fstype, Source: source, Options: "rw,relatime", SuperOptions: "rw", Propagation: p,
		}
	}
	hidden := mount(30, 28, "/data", "ext4", "/dev/sdb", nsctl.Propagation{})
	hidden.HiddenBy = 31
	bound := mount(29, 26, "/etc/hosts", "ext4", "/dev/sda", nsctl.Propagation{Unbindable: true})
	bound.Root = "/lib/\x1b[2Jhosts//deleted"
	return &nsctl.Snapshot{
		Format: nsctl.Format, Version: nsctl.Version, Taken: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC),
		Observer: nsctl.Observer{PID: 900, NS: 4026531832},
		Namespaces: []nsctl.Namespace{{
			NamespaceInfo: nsctl.NamespaceInfo{
				NS: 4026531832, Kind: nsctl.KindInitial, Name: "systemd", OwnerUID: uid(0), ProcessCount: 120,
				Processes: []nsctl.Process{{PID: 1, Comm: "systemd"}, {PID: 900, Comm: "mntscope"}},
				HeldBy:    []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 1}},
			},
			Mounts: []nsctl.Mount{
				mount(26, 1, "/", "ext4", "/dev/sda", nsctl.Propagation{Shared: 1}),
				mount(27, 26, "/proc", "proc", "proc", nsctl.Propagation{Shared: 5, Master: 1}),
				mount(28, 26, "/data", "tmpfs", "", nsctl.Propagation{Shared: 7, Master: 3}),
				bound, hidden,
				mount(31, 28, "/data", "tmpfs", "-", nsctl.Propagation{}),
			},
		}, {
			NamespaceInfo: nsctl.NamespaceInfo{
				NS: 4026532001, Kind: nsctl.KindContainer, Name: "web", OwnerUID: uid(1000), ProcessCount: 1,
				Container: &nsctl.Container{Manager: "podman", ID: "0123456789abcdef", Name: "web"},
				Processes: []nsctl.Process{{PID: 4711, Comm: "ngi\x1bnx"}},
			},
			Mounts: []nsctl.Mount{
				mount(97, 96, "/", "overlay", "overlay", nsctl.Propagation{Master: 1}),
				mount(98, 97, "/a\x1b[31m\n\u202e\xff", "tmpfs", "tmpfs", nsctl.Propagation{Master: 7}),
			},
		}, {
			NamespaceInfo: nsctl.NamespaceInfo{
				Kind: nsctl.KindOther, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByFD, PID: 12, Path: "/proc/12/fd/3"}},
			},
			Mounts: []nsctl.Mount{},
		}},
		Gaps: []nsctl.Gap{
			{NS: 4026532001, PID: 4711, What: "fds", Error: "EACCES", Message: "cannot list \x1b[31m the descriptors of process 4711: permission denied"},
			{PID: 12, What: "mounts", Error: "EACCES", Message: "cannot read /proc/12/mountinfo: permission denied"},
			{PID: 13, What: "mounts", Error: "EACCES", Message: "cannot read /proc/13/mountinfo: permission denied"},
		},
	}
}
