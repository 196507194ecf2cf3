package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

func TestReadingAgainKeepsTheScreen(t *testing.T) {
	d := explore(t, scene(), Options{Live: true}, 120, 40).press("3 j j")
	before := d.content()
	s := scene()
	s.Namespaces = s.Namespaces[:1]
	d.seq++
	d.send(SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(s, 0, 1, 6)})
	if d.content() != before {
		t.Error("what was on screen went away while the host was read again")
	}
	d.load(s)
	if d.content() == before {
		t.Error("the new state is not shown")
	}
}

func TestDetailPaneStaysScrolled(t *testing.T) {
	d := explore(t, scene(), Options{}, 60, 20).press("2 tab j j j j j")
	d.hides("filesystem  ext4")
	d.shows("superblock")
	before := d.content()
	d.load(scene())
	if d.content() != before {
		t.Error("another state of the same mount scrolls the detail pane")
	}
	d.press("tab j")
	d.shows("filesystem  proc")
}

// Who opens the forest for the first time finds its first row, also when groups came before
// the one that was the first.
func TestForestBeginsAtItsBeginning(t *testing.T) {
	few := scene()
	for i := range few.Namespaces {
		few.Namespaces[i].Mounts = slices.DeleteFunc(slices.Clone(few.Namespaces[i].Mounts), func(m nsctl.Mount) bool { return m.Propagation.Shared == 1 || m.Propagation.Master == 1 })
	}
	d := explore(t, few, Options{Live: true}, 120, 40)
	d.load(scene())
	d.press("3")
	if row := d.row(); !strings.Contains(row, "shared:1 ") {
		t.Errorf("selected is %q\n%s", row, d.text())
	}
}

// What is opened on the last line is shown, not only that it is open.
func TestWhatIsOpenedIsShown(t *testing.T) {
	d := watching(t, Options{}, 80, 24).tell(day()).press("4 G enter")
	d.shows("origin", "from master:1", "└─ ⊘N      not reached")
	if row := d.row(); !strings.Contains(row, "umount") {
		t.Errorf("selected is %q", row)
	}
	d = explore(t, scene(), Options{}, 80, 24).press("3 z G")
	d.hides("B member")
	d.press("space")
	d.shows("├─ ◉ B member", "└─ ▸ ◉ shared:301")
}

func TestStaleSnapshotIsDropped(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24)
	now := d.content()
	d.send(SnapshotLoadedMsg{Seq: 1, Host: screen.Empty()})
	if d.content() != now {
		t.Error("a message that was overtaken changed the screen")
	}
}

func TestSelectionStaysAcrossSnapshots(t *testing.T) {
	top := func(d *driver) int { // the line of the selected row on screen
		return slices.IndexFunc(strings.Split(d.text(), "\n"), func(l string) bool { return strings.Contains(l, "❯") })
	}
	t.Run("mount", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 80, 24).press("2 G k")
		before, line := d.row(), top(d)
		s := scene()
		drop(s, 0, "/proc")
		drop(s, 0, "/dev")
		s.Namespaces = s.Namespaces[:2:2]
		d.load(s)
		if d.row() != before || top(d) != line {
			t.Errorf("the selection moved from %q on line %d to %q on line %d", before, line, d.row(), top(d))
		}
		d.load(scene())
		if d.row() != before || top(d) != line {
			t.Errorf("the selection moved from %q on line %d to %q on line %d", before, line, d.row(), top(d))
		}
	})
	t.Run("mount that is gone", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("2 G")
		s := scene()
		drop(s, 0, "/var/lib/images")
		d.load(s)
		d.shows("the selected mount /var/lib/images is gone")
		if !strings.Contains(d.row(), "/srv") {
			t.Errorf("the neighbour is not selected but %q", d.row())
		}
	})
	t.Run("namespace", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 80, 24).press("j j j j")
		before := d.m.host.Label(d.m.namespaces.Selected())
		s := scene()
		s.Namespaces = slices.Delete(s.Namespaces, 1, 3)
		d.load(s)
		if got := d.m.host.Label(d.m.namespaces.Selected()); got != before {
			t.Errorf("the selection moved from %q to %q", before, got)
		}
		s = scene()
		s.Namespaces = slices.Delete(s.Namespaces, 4, 5)
		d.load(s)
		d.shows("the selected namespace db is gone")
	})
	t.Run("group", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("3 /").typed("web backup").press("enter esc")
		before := d.row()
		s := scene()
		drop(s, 0, "/proc")
		drop(s, 2, "/proc")
		d.load(s)
		if d.row() != before {
			t.Errorf("the selection moved from %q to %q", before, d.row())
		}
		s = scene()
		drop(s, 3, "/data/backup")
		d.load(s)
		d.shows("the selected mount in it is gone")
	})
	t.Run("comparison", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("2 v").typed("web").press("enter G k k")
		before := d.row()
		s := scene()
		drop(s, 0, "/dev")
		drop(s, 3, "/dev")
		d.load(s)
		if d.row() != before {
			t.Errorf("the selection moved from %q to %q", before, d.row())
		}
		s.Namespaces = s.Namespaces[:3:3]
		d.load(s)
		d.check()
		if d.m.mounts.Comparing() {
			t.Error("a comparison with a namespace that is gone goes on")
		}
	})
	t.Run("namespace of the mounts that is gone", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("j j j enter")
		s := scene()
		s.Namespaces = slices.Delete(s.Namespaces, 3, 4)
		d.load(s)
		d.shows("the namespace web is gone", "host mnt:[4026531832]")
	})
}

// partial is what of a snapshot is known before the tables are read by statmount(2):
// the numbers, but not the ids that are never reused.
func partial() *nsctl.Snapshot {
	s := scene()
	for i := range s.Namespaces {
		s.Namespaces[i].NSID = 0
		for j := range s.Namespaces[i].Mounts {
			s.Namespaces[i].Mounts[j].ID = 0
		}
	}
	return s
}

// What was selected before its ids were read is still selected, where it was, when
// they are, and the other way round.
func TestSelectionStaysWhenIDsBecomeKnown(t *testing.T) {
	for _, keys := range []string{"G k", "2 G k", "2 j j j left tab j", "3 G k", "3 j j", "2 v enter G k", "j j enter tab j j"} {
		t.Run(keys, func(t *testing.T) {
			d := explore(t, partial(), Options{}, 80, 24).press(keys)
			before := d.row()
			for _, s := range []*nsctl.Snapshot{scene(), partial(), scene()} {
				d.load(s)
				d.hides("is gone")
				if d.row() != before {
					t.Errorf("the selection moved from %q to %q", before, d.row())
				}
			}
		})
	}
}

// renamed is the scene a moment later, in which nothing has changed but the processes:
// kernel workers take another name with each piece of work.
func renamed(n int) *nsctl.Snapshot {
	s := scene()
	for i := range s.Namespaces {
		s.Namespaces[i].ProcessCount += n
		for j := range s.Namespaces[i].Processes {
			s.Namespaces[i].Processes[j].Comm = fmt.Sprintf("kworker/%d:%d", n, j)
		}
	}
	return s
}

// Nothing moves or goes away when only processes have changed, not even until a command
// has worked out anew what is shown.
func TestProcessesDoNotDisturb(t *testing.T) {
	for _, keys := range []string{
		"1 G k", "1 s s s j", "1 j tab j j", "2 G k", "2 tab j j j j j j j j j j", "2 z j", "3 G k", "3 j j tab j j j",
		"2 v enter G k", "2 v enter o G k tab j j", "2 / d a t a enter j",
	} {
		t.Run(keys, func(t *testing.T) {
			d := explore(t, scene(), Options{}, 80, 20).press(keys)
			before := d.text()
			for n := range 3 {
				d.seq++
				s := renamed(n)
				_, cmd := d.m.Update(SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(s, 0, len(s.Namespaces), len(s.Namespaces))})
				for _, moment := range []string{"at once", "a little later"} {
					// The numbers and names of processes are on the first screen.
					if got := d.text(); !strings.HasPrefix(keys, "1") && got != before {
						t.Fatalf("%s the screen is\n%s\nand was\n%s", moment, got, before)
					} else if d.m.namespaces.Selected() < 0 {
						t.Fatal("nothing is selected")
					}
					d.run(cmd)
				}
			}
		})
	}
	d := explore(t, scene(), Options{}, 80, 20).press("1 s s s j tab j j")
	selected, top := d.m.host.Namespace(d.m.namespaces.Selected()).NS, strings.Split(d.text(), "\n")[12:14]
	d.load(renamed(1))
	if got := d.m.host.Namespace(d.m.namespaces.Selected()).NS; got != selected {
		t.Errorf("%s is selected, and was %s", got, selected)
	}
	if got := strings.Split(d.text(), "\n")[12:14]; !slices.Equal(got, top) {
		t.Errorf("the detail pane begins with %q, and did with %q", got, top)
	}
}
