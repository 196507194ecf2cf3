package ui

import (
	"context"
	"errors"
	"testing"

	"mntscope/nsctl"
)

// held is a host of which everything is known that can hold /data/backup.
func held() Options {
	fd := 7
	return Options{Live: true, Holders: func(_ context.Context, s *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error) {
		return &nsctl.FilesystemHolders{
			Dev: dev, FSType: "ext4", Source: "/dev/vdc1",
			Mounts: []nsctl.MountHolder{
				{NS: s.Namespaces[3].NS, Name: "web", PID: 4711, Mount: s.Namespaces[3].Mounts[4], Space: 3},
				{NS: s.Namespaces[5].NS, HeldBy: s.Namespaces[5].HeldBy, Mount: s.Namespaces[5].Mounts[2], Space: 5},
			},
			Processes: []nsctl.ProcessHolder{
				{PID: 4711, Comm: "ngi\x1bnx", NS: s.Namespaces[3].NS, Uses: []nsctl.FileUse{{How: nsctl.UseCwd, Path: "/data/backup"}, {How: nsctl.UseFD, FD: &fd, Path: "/data/backup/\nx"}}},
				{PID: 99, Comm: "cat", Uses: []nsctl.FileUse{{How: nsctl.UseFD, FD: &fd, Path: "/old", Detached: true}}},
			},
			Others: []nsctl.OtherHolder{{Kind: nsctl.OtherSwap, Path: "/data/backup/swap"}},
			Release: []nsctl.ReleaseStep{
				{Command: []string{"kill", "4711"}, Text: "ends nginx"}, {Text: "wait for process 99 to close its file"},
				{Command: []string{"nsenter", "-t", "4711", "-m", "--", "umount", "/data/b\na"}, Text: "unmounts it in web"},
			},
			Gaps: []nsctl.Gap{{What: "processes", Error: "EACCES", Message: "12 processes could not be asked"}},
		}, nil
	}}
}

func TestHolders(t *testing.T) {
	for _, size := range sizes {
		d := explore(t, scene(), held(), size[0], size[1]).press("1 j j j enter g").press("j j j j H")
		d.shows("Holds ext4 /dev/vdc1 0:35", "mount  web /data/backup", `process 4711 ngi\x1bnx`)
		d.check()
		d.typed("release")
		d.shows("release 1  kill 4711", "release 2  wait for process 99", "enter copies")
		d.check()
		d.press("enter")
		if !d.saidKind("Clipboard") {
			t.Errorf("the command was not copied:\n%s", d.text())
		}
		d.press("H down enter")
		if r, ok := d.m.selectedMount(); !ok || r.NS != 5 || r.Mount != 2 {
			t.Errorf("enter on a mount selected %v", r)
		}
		d.press("H").typed("not seen")
		d.shows("12 processes could not be asked")
		d.press("esc").typed("99")
		d.shows("Through a mount that is in no namespace any more")
		d.check()
	}
}

func TestHoldersThatCannotBeFound(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("2 H")
	d.shows("this explorer cannot ask")
	o := Options{Holders: func(context.Context, *nsctl.Snapshot, nsctl.Dev) (*nsctl.FilesystemHolders, error) {
		return nil, errors.New("list /proc: permission denied")
	}}
	d = explore(t, scene(), o, 120, 40).press("2 H")
	d.shows("cannot be told: list /proc: permission denied")

	o.Holders = func(_ context.Context, _ *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error) {
		return &nsctl.FilesystemHolders{Dev: dev}, nil
	}
	d = explore(t, scene(), o, 120, 40).press("2 H")
	d.shows("Nothing that can be seen holds it")
	d.press("enter")
	if d.saidKind("Clipboard") {
		t.Error("what is no command was copied")
	}
	d.whatIf("/", "mount -t tmpfs x /run/new").press("n n H")
	d.shows("the mount is not there yet")
}

// Only the last question is answered.
func TestHoldersLateAnswers(t *testing.T) {
	d := explore(t, scene(), held(), 120, 40).press("2")
	_, first := d.m.Update(key("H"))
	d.press("j")
	_, second := d.m.Update(key("H"))
	d.run(first)
	if d.m.overlay != nil {
		t.Error("an answer that was overtaken is shown")
	}
	d.run(second)
	d.shows("Holds proc proc")
}
