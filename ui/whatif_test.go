package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
)

var sizes = [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}}

// selectMount shows the mounts of the host and selects one.
func (d *driver) selectMount(path string) *driver {
	d.t.Helper()
	d.press("2 g")
	for range 100 {
		if r, ok := d.m.mounts.Selected(); ok && d.m.host.Mount(r).Mountpoint == path {
			return d
		}
		d.press("j")
	}
	d.t.Fatalf("no mount at %s:\n%s", path, d.text())
	return d
}

// whatIf asks about a mount of the host, in the words of a command.
func (d *driver) whatIf(path, op string) *driver {
	d.t.Helper()
	d.selectMount(path).press("p ctrl+a ctrl+k").typed(op)
	return d.press("enter")
}

// line is the first line below the header with a text in it.
func (d *driver) line(text string) string {
	d.t.Helper()
	for _, line := range strings.Split(d.text(), "\n")[headerRows:] {
		if strings.Contains(line, text) {
			return line
		}
	}
	d.t.Errorf("the screen does not show %q:\n%s", text, d.text())
	return ""
}

func TestWhatIf(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			d := explore(t, scene(), Options{}, size[0], size[1]).selectMount("/")
			d.press("p")
			d.shows("What if, in host", "mount -t tmpfs tmpfs /", "not reached")
			d.check()
			d.press("esc").whatIf("/", "mount --make-private /")
			d.shows("what if", "mount --make-private /", "esc leaves")
			if row := d.row(); !strings.Contains(row, "~C") {
				t.Errorf("the changed mount is not marked: %q", row)
			}
			for _, screen := range []string{"1", "2", "3", "d", "2 v enter"} {
				d.press(screen)
				d.check()
			}
			d.press("2 esc esc")
			d.hides("what if, in host")
			if d.m.host != d.m.live {
				t.Error("after esc something else than the host is shown")
			}
		})
	}
}

// What the text says is shown while it is typed.
func TestWhatIfIsAnsweredWhileItIsTyped(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/data/backup").press("p")
	if d.m.overlay != nil {
		t.Fatal("a path leads to a hidden mount")
	}
	d.shows("the mount is hidden")
	d.selectMount("/sys").press("p down")
	d.shows("umount /sys", "the kernel would refuse: EBUSY")
	d.press("enter")
	d.shows("What if, in host") // there is nothing else to show
	d.press("down")
	d.shows("umount -l /sys", "4 mounts vanish", "-V host /sys/fs/cgroup")
	d.press("ctrl+a ctrl+k").typed("umount")
	d.shows("not an operation on mounts: TARGET is missing")
	d.typed(" -x")
	d.shows(`the option "-x" is unknown`)
	d.press("enter")
	d.shows("What if, in host")
	d.press("backspace").typed("l /sys").press("enter")
	d.hides("What if, in host")
	if row := d.row(); !strings.Contains(row, "-V") {
		t.Errorf("what would vanish is not marked: %q", row)
	}
	d.press("p") // the same once more
	d.shows("as it was asked", "umount -l /sys")
}

func TestWhatIfSuggestsWhatIsLeftToType(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).selectMount("/srv").press("p")
	for range 11 {
		d.press("down")
	}
	d.shows("mount --bind /srv ", "Now type the path that is missing")
	d.typed("/mnt")
	d.shows("mount --bind /srv /mnt", "1 mount appears")
}

func TestWhatIfShowsWhatAppearsVanishesAndChanges(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).whatIf("/", "mount -t tmpfs x /run/new")
	d.press("n n")
	if row := d.row(); !strings.Contains(row, "+A") || !strings.Contains(row, "/run/new") {
		t.Errorf("the next mark is on %q", row)
	}
	d.shows("shared:new1", "would appear", "id          none yet")
	d.press("1")
	if line := d.line("systemd-resolved"); !strings.Contains(line, "+1") {
		t.Errorf("what appears in another namespace is not counted: %q", line)
	}
	d.press("2 esc").whatIf("/", "umount -l /dev")
	if line := d.line("/dev "); !strings.Contains(line, "-V") || !strings.Contains(line, "● S shared:2 ") {
		t.Errorf("what vanishes is not shown as it was: %q", line)
	}
	d.press("3")
	d.shows("-V ▾ ● shared:2", "-V └─ ▾ ◉ shared:102 master:2", "0 members -1")

	d.press("2 esc").whatIf("/", "mount --make-private /srv")
	if line := d.line("/srv "); !strings.Contains(line, "~C") || !strings.Contains(line, "● S shared:1 → ○ P private") {
		t.Errorf("what changes is not shown: %q", line)
	}
	d.press("3")
	d.shows("● S member leaves", "1 member -1")
}

func TestWhatIfOfANewNamespace(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).whatIf("/", "unshare --mount --propagation slave")
	d.press("1 G")
	if row := d.row(); !strings.Contains(row, "new namespace") || !strings.Contains(row, "+14") {
		t.Errorf("the new namespace is not there: %q", row)
	}
	d.press("enter")
	d.shows("+A", "master:1")
	d.check()
}

// The mode lasts while the host changes, and ends when the place is gone.
func TestWhatIfFollowsTheHost(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).whatIf("/", "umount /srv")
	s := scene()
	s.Namespaces[0].Mounts = s.Namespaces[0].Mounts[:12]
	d.load(s)
	d.shows("what if, in host: umount /srv")
	if d.m.host == d.m.live || d.m.host.Len() != len(s.Namespaces) {
		t.Error("the new state is not what is thought of")
	}
	drop(s, 0, "/srv")
	d.load(s)
	d.hides("what if, in host")
	d.shows("what if ended: EINVAL")

	d.whatIf("/", "umount /dev")
	s = scene()
	s.Namespaces = s.Namespaces[1:]
	d.load(s)
	d.shows("what if ended: the namespace host is gone")
}

// An answer that comes late must not bring back what was left.
func TestWhatIfLateAnswers(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/dev").press("p down")
	_, cmd := d.m.Update(key("enter")) // not run yet
	d.press("esc")
	d.run(cmd)
	if d.m.what != nil || d.m.host != d.m.live {
		t.Error("the answer brought the question back")
	}
	d.press("p")
	_, cmd = d.m.Update(key("down"))
	d.press("esc p")
	d.run(cmd)
	d.shows("mount -t tmpfs tmpfs /dev", "appear")

	// Enter before the answer is there.
	d.press("esc p")
	_, cmd = d.m.Update(key("down"))
	d.press("enter")
	d.run(cmd)
	d.shows("what if, in host: umount /dev")
}

// On a live host, paths are looked at.
func TestWhatIfAsksWhoKnows(t *testing.T) {
	asked := map[string]int{}
	o := Options{Live: true, Predict: func(_ context.Context, h *predict.Host, op nsctl.Op, ns int) (*predict.Prediction, error) {
		asked[op.String()]++
		return h.Predict(op, predict.Caller{NS: ns, Look: func(_ int, path string) nsctl.Seen {
			if strings.HasPrefix(path, "/nothing") {
				return nsctl.Seen{Errno: "ENOENT"}
			}
			return nsctl.Seen{Path: path, Kind: nsctl.Directory}
		}})
	}}
	d := explore(t, scene(), o, 120, 40).selectMount("/").press("p ctrl+a ctrl+k").typed("umount /nothing")
	d.shows("the kernel would refuse: ENOENT")
	if asked["umount /nothing"] != 1 {
		t.Errorf("asked %v", asked)
	}
	d.press("esc").whatIf("/", "umount /dev")
	d.shows("-V")
}

func TestWhatIfCopiesTheCommand(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("1 j j j enter G k k p ctrl+a ctrl+k").typed("umount /data/backup").press("enter y")
	d.shows("command that would do it", "nsenter -t 4711 -m -- umount /data/backup")
}

func TestWhatIfOfAwkwardNames(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("1 G enter")
	for range 9 {
		d.press("p down")
		d.check()
		if a, ok := d.m.overlay.(*asking); !ok || a.answer == nil || !a.answer.OK && a.answer.Errno == "ENOENT" {
			t.Errorf("no answer about %q", d.row())
		}
		d.press("enter")
		d.check()
		for d.m.overlay != nil || d.m.what != nil {
			d.press("esc")
		}
		d.press("down")
	}
}
