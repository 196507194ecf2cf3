package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// run is a watch that goes on in the background.
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
func (r *room) field() string { return `,"ns":` + strings.Trim(r.ns.String(), "mnt:[]") + "," }

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

// parsed reads a recording, and checks what holds for each.
func parsed(t *testing.T, text string) []nsctl.Event {
	t.Helper()
	var events []nsctl.Event
	origins, numbers := map[int]int{}, map[int]bool{}
	for line := range strings.Lines(text) {
		var e nsctl.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %.300s", err, line)
		}
		if e.Seq != len(events) {
			t.Errorf("event %d stands where event %d is due", e.Seq, len(events))
		}
		if (e.Kind == nsctl.EventReady) != (len(events) == 0) {
			t.Errorf("event %d is of kind %s", e.Seq, e.Kind)
		}
		if e.Op != 0 {
			numbers[e.Op] = true
		}
		if e.Origin {
			origins[e.Op]++
		}
		events = append(events, e)
	}
	for op := range numbers {
		if origins[op] != 1 {
			t.Errorf("operation %d has %d origins", op, origins[op])
		}
	}
	if len(events) == 0 || events[0].Snapshot == nil || len(events[0].Sources) == 0 {
		t.Fatalf("it begins with %.300s", text)
	}
	r := nsctl.NewEventReader(strings.NewReader(text))
	for range events {
		if _, err := r.Next(); err != nil {
			t.Fatalf("the recording cannot be read: %v", err)
		}
	}
	return events
}

// of gives the events of the operation that has an event of some kind at a place.
func of(events []nsctl.Event, kind nsctl.EventKind, in *room, mountpoint string) []nsctl.Event {
	at := slices.IndexFunc(events, func(e nsctl.Event) bool {
		return e.Kind == kind && e.NS == in.ns && (mountpoint == "" || e.Mount != nil && e.Mount.Mountpoint == mountpoint)
	})
	if at < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(events), func(e nsctl.Event) bool { return e.Op != events[at].Op })
}

func TestRecording(t *testing.T) {
	home := newRoom(t)
	peer := home.clone(t, "unchanged")
	w := startWatch(t, "--json")
	home.do(t, "mkdir /mnt/a && mount -t tmpfs a /mnt/a")
	w.awaitLine(`"mountpoint":"/mnt/a"`, peer.field())
	home.do(t, "mount --make-private /mnt/a")
	w.awaitLine(`"kind":"propagation"`, home.field())
	peer.end(t)
	w.awaitLine(`"kind":"namespace-gone"`, peer.field())
	r := w.interrupt(os.Interrupt)
	if r.status != exitDone || strings.Contains(r.err, "interrupted") {
		t.Errorf("exit status %d, standard error %q", r.status, r.err)
	}
	events := parsed(t, r.out)
	if events[0].Only != nil || len(events[0].Snapshot.Namespaces) < 2 {
		t.Errorf("it begins with %d namespaces, only %v", len(events[0].Snapshot.Namespaces), events[0].Only)
	}
	mount := of(events, nsctl.EventMount, peer, "/mnt/a")
	if len(mount) != 2 || !mount[0].Origin || mount[0].NS != home.ns || mount[1].Via == nil {
		t.Errorf("the mount was told as %+v", mount)
	} else if hearsWho(r.out) && (mount[0].Actor == nil || mount[0].Actor.Comm != "mount") {
		t.Errorf("the mount was made by %+v", mount[0].Actor)
	}
	private := of(events, nsctl.EventPropagation, home, "/mnt/a")
	if len(private) == 0 || private[0].Was == nil || private[0].Was.Propagation.Shared == 0 {
		t.Errorf("make-private was told as %+v", private)
	}
}

func TestRecordingOfSomeNamespaces(t *testing.T) {
	home := newRoom(t)
	home.do(t, "mkdir /mnt/a /mnt/b")
	peer, apart := home.clone(t, "unchanged"), home.clone(t, "private")
	w := startWatch(t, "--json", "--ns", peer.ns.String(), "--ns", apart.ns.String())
	home.do(t, "mount --make-private / && mkdir /mnt/c && mount -t tmpfs a /mnt/a")
	w.awaitLine(`"mountpoint":"/mnt/a"`)
	apart.do(t, "mount -t tmpfs b /mnt/b")
	w.awaitLine(`"mountpoint":"/mnt/b"`)
	home.do(t, "mount --make-private /mnt && mount -t tmpfs c /mnt/c") // reaches nobody
	peer.end(t)
	w.awaitLine(`"kind":"namespace-gone"`)
	apart.end(t)
	r := w.finish() // by itself
	if r.status != exitDone || !strings.Contains(r.err, "mntscope: the mount namespaces of "+peer.ns.String()+", "+apart.ns.String()+" have ended\n") {
		t.Errorf("exit status %d, standard error %q", r.status, r.err)
	}
	events := parsed(t, r.out)
	if got := events[0].Snapshot.Namespaces; len(got) != 2 || !slices.Contains(events[0].Only, peer.ns) || !slices.Contains(events[0].Only, apart.ns) {
		t.Errorf("it begins with %d namespaces, only %v", len(got), events[0].Only)
	}
	for _, e := range events[1:] {
		if e.NS != peer.ns && e.NS != apart.ns && !e.Origin {
			t.Errorf("event %+v", e)
		}
	}
	mount := of(events, nsctl.EventMount, peer, "/mnt/a")
	if len(mount) != 2 || !mount[0].Origin || mount[0].NS != home.ns {
		t.Errorf("a mount from elsewhere was told as %+v", mount)
	}
	if of(events, nsctl.EventMount, apart, "/mnt/b") == nil || strings.Contains(r.out, `"mountpoint":"/mnt/c"`) {
		t.Errorf("the events are\n%.3000s", r.out)
	}
	if last := events[len(events)-1]; last.Kind != nsctl.EventNamespaceGone || last.NS != apart.ns {
		t.Errorf("it ends with %+v", last)
	}
}

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
		finished(t, cmd).wantFailure(t, exitFailed, "cannot write to standard output: broken pipe")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
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
	if !strings.Contains(r.out, strings.Trim(home.ns.String(), "mnt:[]")+"\t") {
		t.Errorf("not offered: %v in %q", home.ns, r.out)
	}
}

// hostile is a name that wants to write to the terminal, in the words of a shell.
const hostile = `"$(printf 'a\033[31m\n\342\200\256\377')"`

// printedHostile is how it is shown.
const printedHostile = `a\x1b[31m\n\u202e\xff`

func TestWatchInText(t *testing.T) {
	home := newRoom(t)
	home.do(t, "mkdir /mnt/x /mnt/"+hostile)
	peer, slave, apart := home.clone(t, "unchanged"), home.clone(t, "slave"), home.clone(t, "private")
	w := startWatch(t, "--ns", home.ns.String(), "--ns", peer.ns.String(), "--ns", slave.ns.String(), "--ns", apart.ns.String())
	home.do(t, "mount -t tmpfs none /mnt/x")
	w.awaitLine("not reached: /mnt in sh " + apart.ns.String() + ": it is private")
	home.do(t, "mount -t tmpfs none /mnt/"+hostile)
	w.awaitLine("+ /mnt/"+printedHostile, slave.ns.String())
	home.do(t, "mount --make-private /mnt/x")
	w.awaitLine("make-private /mnt/x")
	home.do(t, "umount /mnt/x")
	w.awaitLine("- /mnt/x", slave.ns.String())
	slave.end(t)
	w.awaitLine("namespace gone: sh " + slave.ns.String() + "\n")
	r := w.interrupt(os.Interrupt)
	if r.status != exitDone {
		t.Errorf("exit status %d, standard error %q", r.status, r.err)
	}
	if strings.ContainsAny(r.out+r.err, "\x1b\u202e") || strings.Contains(r.out, "\xff") {
		t.Errorf("something writes to the terminal: %q", r.out)
	}
	if first, _, _ := strings.Cut(r.out, "\n"); !strings.HasPrefix(first, "listening with ") || !strings.Contains(first, "rescan (") {
		t.Errorf("the first line is %q", first)
	}
	who := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} (.*): mount tmpfs none on /mnt/x in sh `).FindStringSubmatch(r.out)
	if who == nil || hearsWho(r.out) && !regexp.MustCompile(`^mount\(\d+\)$`).MatchString(who[1]) {
		t.Errorf("the mount was made by %q:\n%s", who, r.out)
	}
	for _, want := range []string{
		"    + /mnt/x  in sh " + peer.ns.String() + "  through shared:",
		"    + /mnt/x  in sh " + slave.ns.String() + "  from master:",
		"mount tmpfs none on /mnt/" + printedHostile + " in sh " + home.ns.String() + "\n",
		"make-private /mnt/x in sh " + home.ns.String() + ": shared:",
		" → private\n",
		"    - /mnt/x  in sh " + slave.ns.String() + "  from master:",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("it does not say %q:\n%s", want, r.out)
		}
	}
}

// A process names itself as it likes.
func TestWatchHostileCommands(t *testing.T) {
	home := newRoom(t)
	home.do(t, "mkdir /mnt/x /mnt/bin && cp $(command -v mount) /mnt/bin/"+hostile)
	if os.Geteuid() != 0 {
		t.Skip("who does something is known with tracefs only, which takes root")
	}
	w := startWatch(t, "--ns", home.ns.String())
	home.do(t, "/mnt/bin/"+hostile+" -t tmpfs none /mnt/x")
	w.awaitLine(": mount tmpfs none on /mnt/x in ")
	if r := w.interrupt(os.Interrupt); hearsWho(r.out) && !strings.Contains(r.out, " "+printedHostile+"(") || strings.Contains(r.out, "\x1b") {
		t.Errorf("got %q", r.out)
	}
}

func TestWatchSaysWhatIsUnseen(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root sees everything; an ordinary user runs this as well")
	}
	r := mntscope(t, "watch", "--for", "50ms")
	if !strings.Contains(r.out, "without tracefs (") && !strings.Contains(r.out, ", tracefs (") {
		t.Errorf("nothing is said of tracefs: %q", r.out)
	}
	if !strings.Contains(r.err, "could not be read") {
		t.Errorf("standard error is %q", r.err)
	}
}

func TestWatchOnTheTerminal(t *testing.T) {
	for _, tc := range []struct {
		env    []string
		styled bool
	}{{nil, true}, {[]string{"NO_COLOR=1"}, false}, {[]string{"TERM=dumb"}, false}} {
		home := newRoom(t)
		home.do(t, "mkdir /mnt/x")
		cmd := program(t, "watch", "--ns", home.ns.String())
		terminal := uitest.Start(t, cmd, 60, 40, append(tc.env, beProgram+"=1", quickRace)...)
		terminal.WaitForText("listening with")
		home.do(t, "mount -t tmpfs none /mnt/x")
		terminal.WaitForText("on /mnt/x in")
		home.end(t)
		status, screen := terminal.WaitForExit()
		if status != exitDone || !strings.Contains(screen.Text(), "has ended") {
			t.Errorf("exit status %d\n%s", status, screen.Text())
		}
		if styled := strings.Contains(screen.ANSI(), "\x1b[1m"); styled != tc.styled {
			t.Errorf("%v: bold is %v", tc.env, styled)
		}
		if !strings.HasPrefix(screen.Line(1), "    ") {
			t.Errorf("the first line is not broken between words:\n%s", screen.Text())
		}
	}
}
