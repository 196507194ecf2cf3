package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// paths is a namespace's directory, as somebody has it who looks.
func paths(names ...string) func(context.Context, *graph.Graph, int, string) nsctl.Completion {
	return func(_ context.Context, _ *graph.Graph, _ int, begun string) nsctl.Completion {
		c := nsctl.Completion{Common: begun}
		for _, name := range names {
			if name == begun || !strings.HasPrefix(name, begun) || strings.Contains(strings.TrimSuffix(name[len(begun):], "/"), "/") {
				continue
			}
			if len(c.Paths) == 0 {
				c.Common = name
			}
			c.Common = nsctl.CommonStart(c.Common, name)
			c.Paths = append(c.Paths, nsctl.CompletedPath{Path: name, MountPoint: strings.HasPrefix(name, "/data/m")})
		}
		return c
	}
}

func TestTabCompletes(t *testing.T) {
	look := paths("/data/", "/data/many1/", "/data/many2", "/d\x1b[2J\n/", "/it's/", "/run/", "/srv/café/", "/srv/\xff/")
	for _, tc := range []struct{ typed, keys, line, shows string }{
		{"umount /r", "tab", "umount /run/", ""},
		{"umount /data/", "tab", "umount /data/many", "many1/◆  many2◆"},
		{"umount /data/many2", "tab", "umount /data/many2", ""},
		{"umount '/da", "tab", "umount /data/", ""},
		{"umount /i", "tab", `umount '/it'\''s/'`, ""},
		{"umount /d", "tab", "umount /d", `d\x1b[2J\n/`},
		{`umount $'/d\033`, "tab", `umount $'/d\033[2J\012/'`, ""},
		{"umount /srv/", "tab", "umount /srv/", `café/  \xff/`},
		{`umount $'/srv/\377`, "tab", `umount $'/srv/\377/'`, ""},
		{"mount --bind /r /data", "left left left left left left tab", "mount --bind /run/ /data", ""},
		{"rejoin /data --to web:/r", "tab", "rejoin /data --to web:/run/", ""},
		{"rejoin --to=web:/r", "tab", "rejoin --to=web:/run/", ""},
		{"rejoin /data --to nobody:/r", "tab", "rejoin /data --to nobody:/r", "no path begins so; there is no namespace nobody"},
		{"umount /zz", "tab", "umount /zz", "no path begins so"},
		{"umo", "tab", "umo", "no path before the cursor"},
		{"umount -", "tab", "umount -", "no path before the cursor"},
		{"mount -t /r", "tab", "mount -t /r", "no path before the cursor"},
	} {
		d := explore(t, scene(), Options{Complete: look}, 120, 40).selectMount("/").press("p ctrl+a ctrl+k").typed(tc.typed).press(tc.keys)
		a, ok := d.m.overlay.(*asking)
		if !ok || a.Value() != tc.line {
			t.Errorf("%q becomes %q, want %q", tc.typed, a.Value(), tc.line)
		}
		d.shows(tc.shows)
		d.check()
		d.press("backspace")
		if tc.shows != "" && strings.Contains(tc.shows, "◆") {
			d.hides(tc.shows)
		}
	}
}

// Where nobody can look, mount points are completed, and it is said.
func TestTabCompletesFromASnapshot(t *testing.T) {
	for _, size := range sizes {
		d := explore(t, scene(), Options{}, size[0], size[1]).selectMount("/").press("p ctrl+a ctrl+k").typed("umount /r").press("tab")
		d.shows("umount /run/", "only mount points are known")
		d.typed("n").press("tab")
		d.shows("umount /run/ns/")
		d.check()
	}
}

// An answer that comes late does not change what was typed since.
func TestTabLateAnswer(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/").press("p ctrl+a ctrl+k").typed("umount /r")
	_, cmd := d.m.Update(key("tab"))
	d.press("backspace").typed("s")
	d.run(cmd)
	d.shows("umount /s")
	_, cmd = d.m.Update(key("tab"))
	d.press("esc")
	d.run(cmd)
	if d.m.overlay != nil {
		t.Error("the overlay came back")
	}
}

// A thousand names, and more, are not drawn.
func TestTabOfVeryMany(t *testing.T) {
	c := nsctl.Completion{Common: "/f0", More: true}
	for i := range nsctl.MaxCompletions {
		c.Paths = append(c.Paths, nsctl.CompletedPath{Path: fmt.Sprintf("/f%06d", i)})
	}
	look := func(context.Context, *graph.Graph, int, string) nsctl.Completion { return c }
	d := explore(t, scene(), Options{Complete: look}, 120, 40).selectMount("/").press("p ctrl+a ctrl+k").typed("umount /f").press("tab")
	d.shows("umount /f0", "f000000  f000001", "and more than 900 others")
	d.check()
}
