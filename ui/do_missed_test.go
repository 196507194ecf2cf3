package ui

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/kit"
)

// What a mount has missed is offered before it rejoins a group, and is listed.
func TestMissedIsOffered(t *testing.T) {
	missed := func() (ops []nsctl.Op) {
		for _, w := range wantedIn(t, "", "mount --bind --from 4026531832 /sys/fs/cgroup /data", "mount --make-slave /data", "mount --bind --from 4026531832 /proc /mnt") {
			ops = append(ops, w.Op)
		}
		return ops
	}()
	// In place of the rejoin itself, which needs mounts of its own, is something else.
	wanted := wantedIn(t, "mnt:[4026532904]", "mount --make-private /sys")[0]
	for _, tc := range []struct {
		name, keys string
		missed     []nsctl.Op
		done       []string
	}{
		{"nothing was missed", "", nil, []string{"mount --make-private /sys"}},
		{"only the rejoin", "enter", missed, []string{"mount --make-private /sys"}},
		{"all", "down enter enter", missed, []string{missed[0].String(), missed[1].String(), missed[2].String(), "mount --make-private /sys"}},
		{"nothing", "esc", missed, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, b := changing(t, Options{}, 120, 40)
			boxTop(d, b)
			p, err := b.Plan(t.Context(), wanted)
			if err != nil {
				t.Fatal(err)
			}
			s := &proposing{pageSheet: pageSheet{Sheet: kit.Sheet{Title: "Do it, in s9"}}, plan: d.m.planner(wantedIn(t, wanted.NS, wanted.Op.String())), seen: gistOf(&p.Prediction.Outcome), agree: true}
			d.m.overlay = s
			d.send(MissedMsg{s, wanted, tc.missed})
			if tc.missed != nil {
				d.shows("rejoin only", "mount first what it has missed, 2 mounts, then rejoin", "do not come by themselves: /data; /mnt")
				if strings.HasPrefix(tc.keys, "down") {
					d.press("down")
					d.shows("--make-slave /data")
				}
			}
			d.press(strings.TrimPrefix(tc.keys, "down "))
			for i := range b.done {
				b.done[i] = strings.TrimPrefix(b.done[i], "mnt:[4026532904] ")
			}
			if !slices.Equal(b.done, tc.done) || d.m.overlay != nil {
				t.Errorf("done was %q, want %q\n%s", b.done, tc.done, d.text())
			}
		})
	}
}
