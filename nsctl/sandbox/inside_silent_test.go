package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/sandbox"
)

// A keeper that is stopped is passed by after a moment, and what it has been asked it does not do
// when it goes on.
func TestStoppedKeeper(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true})
	throughKeeper(t, s, b).apply("mount -t tmpfs x /mnt")
	c := changer(t, b, change.Options{Inside: keepersOf(s, 0), OnlyInside: true})
	planned := c.plan("mount --make-shared /mnt")
	before := c.state()
	signal(t, b.PID, syscall.SIGSTOP)
	began := time.Now()
	var changed *change.Changed
	if _, err := c.Apply(t.Context(), planned); !errors.As(err, &changed) || changed.Plan.Blocked == nil || !strings.Contains(changed.Plan.Blocked.Error(), "nobody who lives in") {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	ordinary := changer(t, b, change.Options{Inside: keepersOf(s, 0)})
	ordinary.apply("mount --make-shared /mnt", "mount --make-private /mnt")
	signal(t, b.PID, syscall.SIGCONT)
	if after := c.state(); !slices.Equal(before, after) {
		t.Errorf("it was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	throughKeeper(t, s, b).apply("umount /mnt") // what was asked before has been refused by now
}

func signal(t testing.TB, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// A keeper that is killed at any moment of a job leaves it done or not, and nobody waiting.
func TestKilledDuringAJob(t *testing.T) {
	s := store(t)
	keepers := keepersOf(s, patient)
	done, unknown := 0, 0
	for i := range 30 {
		b := made(t, s, sandbox.Spec{UserNS: true})
		c := changer(t, b, change.Options{Journal: t.TempDir(), OnlyInside: true, Inside: func(ns *nsctl.NamespaceInfo) (change.Insider, bool) {
			who, ok := keepers(ns)
			return doing{who, func(do func() (carry.Report, error)) (carry.Report, error) {
				time.AfterFunc(time.Duration(i)*30*time.Microsecond, func() { _ = syscall.Kill(b.PID, syscall.SIGKILL) }) // it ends with the test at the latest
				return do()
			}}, ok
		}})
		_, err := c.Apply(t.Context(), c.plan("mount -t tmpfs x /mnt"))
		var unverified *change.Unverified
		switch {
		case err == nil:
			done++
		case errors.As(err, &unverified):
			unknown++
		}
		if err := s.Remove(b.Name); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("of 30, %d were done, of %d it was not known", done, unknown)
}

// impostor takes the place of a sandbox's keeper, and answers each request with the next of some
// messages; with an empty one it waits until the peer has gone.
func impostor(t testing.TB, dir string, b *sandbox.Sandbox, answers ...string) {
	t.Helper()
	path := filepath.Join(dir, b.Name, "socket")
	if err := os.Rename(path, path+".keeper"); err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			serveAs(conn, answers)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close() // it removes the socket
		<-done
		if err := os.Rename(path+".keeper", path); err != nil {
			t.Error(err)
		}
	})
}

func serveAs(conn net.Conn, answers []string) {
	defer conn.Close()
	request := make([]byte, 1<<18)
	for _, answer := range answers {
		if _, err := conn.Read(request); err != nil {
			return
		}
		if answer == "" {
			break
		}
		if _, err := conn.Write([]byte(answer)); err != nil {
			return
		}
	}
	if len(answers) > 0 && answers[len(answers)-1] == "" {
		_, _ = conn.Read(request) // until the peer gives up
	}
}

// A keeper that lies, or says nothing, keeps nobody waiting. What it did not take up is done in
// the ordinary way, of the rest it is said that it is not known.
func TestHostileKeeper(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{UserNS: true})
	c := changer(t, b, change.Options{Inside: keepersOf(s, 0)})
	c.apply("mount -t tmpfs x /mnt")
	const ready = `{"Ready":true}`
	for _, tc := range []struct {
		name    string
		answers []string // to each request, one after the other
		unknown bool
	}{
		{"says nothing", []string{""}, false},
		{"hangs up", nil, false},
		{"garbage", []string{"\x00\xff"}, false},
		{"something else", []string{`{"Started":true}`}, false},
		{"too much", []string{`{"Report":"` + strings.Repeat("A", 150<<10) + `"}`}, false},
		{"refuses", []string{`{"Failure":{"Text":"no"}}`}, false},
		{"hangs up in the middle", []string{ready, ready}, true},
		{"garbage for a report", []string{ready, `{"Report":"AAAA"}`}, true},
		{"says nothing in the middle", []string{ready, ""}, false}, // when it was asked to look
	} {
		t.Run(tc.name, func(t *testing.T) {
			impostor(t, dir, b, tc.answers...)
			began := time.Now()
			c := changer(t, b, change.Options{Inside: keepersOf(s, 0)})
			_, err := c.Apply(t.Context(), c.plan("mount --make-shared /mnt"))
			var unverified *change.Unverified
			switch {
			case !tc.unknown && err != nil:
				t.Error(err)
			case tc.unknown && (!errors.As(err, &unverified) || !unverified.Begun || !strings.Contains(err.Error(), "not known")):
				t.Errorf("the error is %v", err)
			}
			if !tc.unknown {
				c.apply("mount --make-private /mnt")
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Of a job that was taken up, and then not answered, the host tells whether it was done.
func TestUnansweredJob(t *testing.T) {
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{UserNS: true})
	keepers := keepersOf(s, patient)
	for _, done := range []bool{true, false} {
		c := throughKeeper(t, s, b)
		p := c.plan("mount -t tmpfs x /mnt")
		deaf := changer(t, b, change.Options{Journal: t.TempDir(), OnlyInside: true, Inside: func(ns *nsctl.NamespaceInfo) (change.Insider, bool) {
			who, ok := keepers(ns)
			return doing{who, func(do func() (carry.Report, error)) (carry.Report, error) {
				if done {
					if r, err := do(); err != nil || r.Failure != nil {
						return r, err
					}
				}
				return carry.Report{}, fmt.Errorf("it does not tell: %w", carry.ErrUnanswered)
			}}, ok
		}})
		r, err := deaf.Apply(t.Context(), p)
		var unverified *change.Unverified
		switch {
		case done && (err != nil || len(r.Surprises) > 0):
			t.Errorf("it was done, and the answer is %v, %v", r, err)
		case !done && (!errors.As(err, &unverified) || !unverified.Begun || !strings.Contains(err.Error(), "mntscope undo --list")):
			t.Errorf("it was not done, and the answer is %v", err)
		}
		if said, err := deaf.Recover(t.Context()); err != nil || done != (len(said) == 0) || !done && !strings.Contains(said[0], "it was not done") {
			t.Errorf("%q, %v", said, err)
		}
		if done {
			c.apply("umount /mnt")
		}
	}
}

// doing is a keeper of which it is decided how it changes something.
type doing struct {
	change.Insider
	how func(do func() (carry.Report, error)) (carry.Report, error)
}

func (d doing) Do(j carry.Job) (carry.Report, error) {
	do := func() (carry.Report, error) { return d.Insider.Do(j) }
	if j.OnlyLook || j.Locks != nil {
		return do()
	}
	return d.how(do)
}

// Who took up a change and then says nothing is waited for longer, and not for ever.
func TestSilentAfterTakingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits as long as a keeper may take")
	}
	dir := storeDir(t)
	s := open(t, dir)
	b := made(t, s, sandbox.Spec{UserNS: true})
	impostor(t, dir, b, `{"Ready":true}`, "")
	began := time.Now()
	_, err := insider(t, s, b).Do(carry.Job{})
	if !errors.Is(err, carry.ErrUnanswered) || !strings.Contains(err.Error(), "kill -CONT "+itoa(b.PID)) {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
