package uitest_test

import (
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// container starts a namespace beside a room that begins as a copy of it and is cut off, as a
// container is whose volume was not made rslave.
func (r *room) container(t *testing.T) (pid, number string) {
	t.Helper()
	pid = strings.TrimSpace(r.Do(t, `unshare --mount --propagation private sleep 1000 >/dev/null 2>&1 & echo $!`))
	r.Do(t, `until [ "$(readlink /proc/`+pid+`/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]; do :; done`)
	// It is cut off when it is another program.
	r.Do(t, `until grep -q sleep /proc/`+pid+`/comm; do :; done`)
	number = strings.Trim(strings.TrimSpace(r.Do(t, "readlink /proc/"+pid+"/ns/mnt")), "mnt:[]")
	return pid, number
}

// propagationIn gives that of what is mounted at a path where a command leads.
func (r *room) propagationIn(t *testing.T, into, path string) nsctl.Propagation {
	t.Helper()
	return uitest.PropagationIn(r.Do(t, into+"cat /proc/self/mountinfo"), path)
}

// A container that was cut off rejoins the group of the host's mount, and what it has missed is
// mounted first. From then on what the host mounts appears in it. One key takes all of it back.
func TestRejoinFromTheExplorer(t *testing.T) {
	w, r := beside(t, 120, 40)
	r.Becomes(t, ownNamespace())
	r.Do(t, "mount -t tmpfs volume /mnt && mount --make-shared /mnt && mkdir /mnt/missed /mnt/later")
	pid, number := r.container(t)
	into := "nsenter -t " + pid + " -m -- "
	r.Do(t, "mount -t tmpfs missed /mnt/missed")
	before := r.Do(t, into+"cat /proc/self/mountinfo")
	host := strings.Trim(r.NS.String(), "mnt:[]")

	shows(w.Terminal, number)
	pick(w.Terminal, "volume")
	w.Press(":")
	w.Type("rejoin")
	w.WaitForText("Rejoin: let the mount join")
	w.Press("enter")
	w.WaitForText("join the group of /mnt in ")
	w.Press("down")
	w.WaitFor("the rejoin", func(s uitest.Screen) bool {
		return s.Contains("❯ rejoin /mnt --to "+host+":/mnt --slave") && s.Contains("enter goes on")
	})
	w.Press("enter")
	w.WaitForText("mount first what it has missed, 1 mount, then rejoin")
	w.Press("down")
	w.WaitForText("mount --make-slave")
	w.Press("enter")
	s := w.WaitFor("all three operations", func(s uitest.Screen) bool {
		return s.Contains("/mnt/missed") && s.Contains("rejoin /mnt --to "+host+":/mnt --slave") && s.Contains("enter goes on")
	})
	checkLayout(t, "enter", s)
	w.Press("enter")
	w.WaitForText("Do it?")
	if is := r.Do(t, into+"cat /proc/self/mountinfo"); is != before {
		t.Errorf("before it was agreed to, the container has\n%s", is)
	}
	w.Press("y")
	w.WaitForText("u takes all of it back")
	for _, path := range []string{"/mnt", "/mnt/missed"} {
		if p := r.propagationIn(t, into, path); p.Master == 0 || p.Shared != 0 {
			t.Errorf("%s in the container is %q, want a slave", path, p)
		}
	}
	r.Do(t, "mount -t tmpfs later /mnt/later")
	if is := r.Do(t, into+"cat /proc/self/mountinfo"); !strings.Contains(is, " /mnt/later ") {
		t.Errorf("what the host has mounted is not in the container:\n%s", is)
	}
	r.Do(t, "umount /mnt/later")

	w.Press("u")
	w.WaitForText("and what was done together with it:")
	w.WaitForText("after that, all is as it was before")
	w.Press("enter")
	w.WaitForText("Do it?")
	w.Press("y")
	w.WaitForText("taken back: ")
	if is := r.Do(t, into+"cat /proc/self/mountinfo"); is != before {
		t.Errorf("after it was taken back, the container has\n%s\nand had\n%s", is, before)
	}
	leave(t, w.Terminal)
}
