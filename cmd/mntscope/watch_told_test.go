package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

// hostile is a name that wants to write to the terminal, in the words of a shell.
const hostile = `"$(printf 'a\033[31m\n\342\200\256\377')"`

// printedHostile is how it is shown.
const printedHostile = `a\x1b[31m\n\u202e\xff`

func TestWatchInText(t *testing.T) {
	home := newRoom(t)
	home.Do(t, "mkdir /mnt/x /mnt/"+hostile)
	peer, slave, apart := home.clone(t, "unchanged"), home.clone(t, "slave"), home.clone(t, "private")
	w := startWatch(t, "--ns", home.NS.String(), "--ns", peer.NS.String(), "--ns", slave.NS.String(), "--ns", apart.NS.String())
	home.Do(t, "mount -t tmpfs none /mnt/x")
	w.awaitLine("not reached: /mnt in sh " + apart.NS.String() + ": it is private")
	home.Do(t, "mount -t tmpfs none /mnt/"+hostile)
	w.awaitLine("+ /mnt/"+printedHostile, slave.NS.String())
	home.Do(t, "mount --make-private /mnt/x")
	w.awaitLine("make-private /mnt/x")
	home.Do(t, "umount /mnt/x")
	w.awaitLine("- /mnt/x", slave.NS.String())
	slave.End()
	w.awaitLine("namespace gone: sh " + slave.NS.String() + "\n")
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
		"    + /mnt/x  in sh " + peer.NS.String() + "  through shared:",
		"    + /mnt/x  in sh " + slave.NS.String() + "  from master:",
		"mount tmpfs none on /mnt/" + printedHostile + " in sh " + home.NS.String() + "\n",
		"make-private /mnt/x in sh " + home.NS.String() + ": shared:",
		" → private\n",
		"    - /mnt/x  in sh " + slave.NS.String() + "  from master:",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("it does not say %q:\n%s", want, r.out)
		}
	}
}

// A process names itself as it likes.
func TestWatchHostileCommands(t *testing.T) {
	home := newRoom(t)
	home.Do(t, "mkdir /mnt/x /mnt/bin && cp $(command -v mount) /mnt/bin/"+hostile)
	if os.Geteuid() != 0 {
		t.Skip("who does something is known with tracefs only, which takes root")
	}
	w := startWatch(t, "--ns", home.NS.String())
	home.Do(t, "/mnt/bin/"+hostile+" -t tmpfs none /mnt/x")
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
		home.Do(t, "mkdir /mnt/x")
		cmd := program(t, "watch", "--ns", home.NS.String())
		terminal := uitest.Start(t, cmd, 60, 40, append(tc.env, beProgram+"=1", quickRace)...)
		terminal.WaitForText("listening with")
		home.Do(t, "mount -t tmpfs none /mnt/x")
		terminal.WaitForText("on /mnt/x in")
		home.End()
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
