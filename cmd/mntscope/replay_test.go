package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// record writes a recording of the host of the tests, in which something is mounted.
func record(t *testing.T, only ...nsctl.NSNumber) string {
	t.Helper()
	s := host()
	if len(only) > 0 {
		s.Namespaces = slices.DeleteFunc(s.Namespaces, func(n nsctl.Namespace) bool { return !slices.Contains(only, n.NS) })
	}
	ns := &s.Namespaces[0]
	m := nsctl.Mount{MntID: 9000, ParentID: ns.Mounts[0].MntID, Root: "/", Mountpoint: "/late", FSType: "tmpfs", Source: "late", Options: "rw", SuperOptions: "rw"}
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	var b strings.Builder
	for _, e := range []nsctl.Event{
		{Time: now, Kind: nsctl.EventReady, Snapshot: s, Only: only, Sources: []nsctl.WatchSource{{Name: "poll", Namespaces: 3, Text: "that something changed"}}},
		{Seq: 1, Time: now.Add(time.Second), Kind: nsctl.EventMount, Op: 1, Origin: true, NS: ns.NS, NSID: ns.NSID, Mount: &m, Actor: &nsctl.Actor{PID: 4711, Comm: "mount"}},
	} {
		line, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "recording.json")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReplay(t *testing.T) {
	terminal := uitest.Start(t, program(t, "--replay", record(t)), 100, 30, beProgram+"=1", quickRace)
	terminal.WaitForText("step 0/1")
	terminal.Press("2", "/")
	terminal.Type("/late")
	terminal.WaitForText("0 matches")
	terminal.Press("enter", ".")
	terminal.WaitForText("step 1/1, 17:00:01")
	terminal.WaitForText("1 match")
	terminal.Press("q")
	if status, _ := terminal.WaitForExit(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

// Of a recording without the namespace of who made it, the others are seen from the first.
func TestReplayOfOtherNamespaces(t *testing.T) {
	terminal := uitest.Start(t, program(t, "--replay", record(t, host().Namespaces[1].NS)), 100, 30, beProgram+"=1", quickRace)
	terminal.WaitForText("step 0/1")
	if s := terminal.Settle(); !s.Contains("● start") || s.Contains("? unknown") {
		t.Errorf("nothing is the start:\n%s", s.Text())
	}
	terminal.Press("q")
	terminal.WaitForExit()
}

func TestReplayOfWhatIsNoRecording(t *testing.T) {
	mntscope(t, "--replay", "x", "--snapshot", "y").wantFailure(t, exitUsage, "--replay", "--snapshot")
	mntscope(t, "--replay", "/nonexistent\n").wantFailure(t, exitFailed, `cannot read the recording /nonexistent\n: no such file`, "watch --json")
	mntscope(t, "--replay", saved(t, host())).wantFailure(t, exitFailed, "cannot read the recording", "snapshot")
	mntscope(t, "--replay", record(t)).wantFailure(t, exitUsage, "needs a terminal")
}

func TestReplayOfADamagedRecordingSaysSo(t *testing.T) {
	path := record(t)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, text[:len(text)-10], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := loadRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.At(0)
	if err != nil || len(s.Gaps) == 0 || s.Gaps[len(s.Gaps)-1].Message != r.Stopped() || r.Stopped() == "" {
		t.Errorf("stopped %q, gaps %+v, %v", r.Stopped(), s.Gaps, err)
	}
}
