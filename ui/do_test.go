package ui

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// Every key asks in the prompt that what if has, and what is agreed to is done.
func TestOperationsFromKeys(t *testing.T) {
	for _, tc := range []struct{ name, keys, typed, shows, done string }{
		{"new mount", "a", "", "mount -t tmpfs tmpfs /data", "mount -t tmpfs tmpfs /data"},
		{"another type", "a down", "", "mount a proc: the processes", "mount -t proc proc /data"},
		{"bind", "b", "/mnt", "bind it to ..", "mount --bind /data /mnt"},
		{"rbind", "B", "/mnt", "bind it with all below to ..", "mount --rbind /data /mnt"},
		{"move", "M", "/mnt", "move it to ..", "mount --move /data /mnt"},
		{"umount", "U", "", "unmount it", "umount /data"},
		{"umount -l", "U down", "", "busy or not", "umount -l /data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, b := changing(t, Options{}, 120, 40)
			boxTop(d, b)
			d.inSpace("s9", "/data").press(tc.keys)
			if tc.typed != "" {
				d.shows("Now type the path that is missing")
				d.press("enter") // does nothing
				d.typed(tc.typed)
			}
			d.shows("Change mounts in s9", tc.shows, "enter goes on", "tab completes")
			d.check()
			if len(b.done) > 0 {
				t.Fatalf("before it was agreed to, done was %q", b.done)
			}
			d.press("enter")
			if want := []string{"mnt:[4026532904] " + tc.done}; !slices.Equal(b.done, want) || d.m.overlay != nil {
				t.Errorf("done was %q, want %q\n%s", b.done, want, d.text())
			}
			d.load(b.s) // what was done is said also if the selected mount is gone by that
			d.shows("done: ")
		})
	}
}

// boxTop gives the sandbox two private mounts of its own.
func boxTop(d *driver, b *bookkeeper) {
	s := *b.s
	s.Namespaces = slices.Clone(s.Namespaces)
	for i := range s.Namespaces {
		if ns := &s.Namespaces[i]; ns.Name == "s9" {
			root := ns.Mounts[0].MntID
			ns.Mounts = append(slices.Clone(ns.Mounts), mount(990, root, "/data", "tmpfs", "d", ""), mount(991, root, "/mnt", "tmpfs", "m", ""), mount(992, 991, "/mnt/in", "tmpfs", "i", ""))
		}
	}
	b.s = &s
	d.load(b.s)
}

// What would be refused is not proposed, and elsewhere than in a sandbox it asks.
func TestOperationsAreAskedAbout(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	d.inSpace("host", "/sys").press("U")
	d.shows("the kernel would refuse: EBUSY")
	d.press("enter")
	d.shows("Change mounts in host")
	d.press("esc").inSpace("host", "/srv").press("U enter")
	d.shows("This changes the host's own namespace host", "Do it?", "umount /srv")
	d.press("esc")
	d.inSpace("host", "/data/backup").press("U")
	d.shows("hidden: no path leads to it, as mount 39 at /data covers it")
	if len(b.done) > 0 {
		t.Errorf("done was %q", b.done)
	}
}

// If the very mount is not there any more by then, another one at its place is not touched.
func TestOperationsNameTheMount(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	boxTop(d, b)
	d.inSpace("s9", "/data").press("U enter")
	if len(b.planned) == 0 || b.planned[0].Mount != 990 {
		t.Errorf("planned was %+v", b.planned)
	}
	b.planned = nil
	d.inSpace("s9", "/mnt").press("a ctrl+a ctrl+k").typed("umount /mnt/in").press("enter")
	if len(b.planned) == 0 || b.planned[0].Mount != 0 { // that is for the path to say
		t.Errorf("planned was %+v", b.planned)
	}
}

func TestRejoin(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	s := *b.s
	s.Namespaces = slices.Clone(s.Namespaces)
	for i := range s.Namespaces {
		if ns := &s.Namespaces[i]; ns.Name == "db" {
			ns.Mounts = slices.Clone(ns.Mounts)
			ns.Mounts[3].Propagation = nsctl.Propagation{} // the cut-off copy of /data/backup
			ns.Mounts[3].Dev = nsctl.Dev{Minor: 37}
		}
	}
	for i := range s.Namespaces[0].Mounts {
		if m := &s.Namespaces[0].Mounts[i]; m.Mountpoint == "/srv" {
			s.Namespaces[0].Mounts = slices.Clone(s.Namespaces[0].Mounts)
			m = &s.Namespaces[0].Mounts[i]
			m.Dev, m.Root = nsctl.Dev{Minor: 37}, "/"
		}
	}
	b.s = &s
	d.load(b.s)
	d.inSpace("db", "/backup").press(":").typed("rejoin").press("enter")
	d.shows("Change mounts in db", "join the group of /srv in host, shared:1", "receive from /srv in host", "rejoin /backup --to 4026531832:/srv")
	d.press("down")
	d.shows("--slave")
	d.press("esc").inSpace("web", "/proc").press(":").typed("rejoin")
	d.shows("not now: no shared mount of the same filesystem is in another namespace")
}

// The two locks: without a Changer there is no key, and the core is not asked.
func TestReadOnlyHasNoOperations(t *testing.T) {
	d, b := changing(t, Options{ReadOnly: true}, 120, 40)
	d.inSpace("s9", "/sys")
	before := d.text()
	for _, k := range strings.Fields("t a b B M U u *") {
		d.press(k)
		if d.m.overlay != nil {
			t.Errorf("%s opens something", k)
		}
		d.shows("read-only: this explorer changes nothing")
	}
	d.press("A") // says it, too
	d.press("down up")
	if d.text() != before || len(b.done) > 0 {
		t.Errorf("something happens:\n%s", d.text())
	}
	d.press(":").typed("rejoin")
	d.hides("Rejoin:")
}
