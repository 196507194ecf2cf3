package predict_test

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// A mount that the table shows, but no path leads to, is hidden: that is the reason, not that
// there is no mount point.
func TestHiddenIsTheReason(t *testing.T) {
	const host = `
		ns host owner:4026531837
		10 1 1!/ /
		11 10 2!/ /data
		12 11 3!/ /data/in
		13 11 4!/ /data`
	const hidden = ": mount 12 at that path is hidden by mount 13 at /data; move that away or unmount it first: umount /data"
	gone := func(int, string) nsctl.Seen { return nsctl.Seen{Errno: "ENOENT"} }
	for _, test := range []struct {
		line string
		look func(int, string) nsctl.Seen
		want string
	}{
		{"umount /data/in", nil, "EINVAL /data/in is not a mount point" + hidden},
		{"umount /data/in/", nil, "EINVAL /data/in/ is not a mount point" + hidden},
		{"mount --make-shared /data/in", nil, "EINVAL /data/in is not a mount point" + hidden},
		{"umount /data/in", gone, "ENOENT /data/in does not exist in that namespace" + hidden},
		{"umount /data/other", nil, "EINVAL /data/other is not a mount point"},
		{"umount /data/other", gone, "ENOENT /data/other does not exist in that namespace; create it first, or check the spelling"},
	} {
		s := sketch(t, host)
		for i, by := range graph.HiddenBy(s.Namespaces[0].Mounts) {
			s.Namespaces[0].Mounts[i].HiddenBy = by
		}
		if got := outcomeText(ask(t, s, predict.Caller{Look: test.look}, test.line)); got != test.want {
			t.Errorf("%s: %s, want %s", test.line, got, test.want)
		}
	}
}

// Commands in a reason can be typed as they stand, wherever the caller is.
func TestAdviceCanBeTyped(t *testing.T) {
	const host = `
		ns host owner:4026531837
		10 1 1!/ / shared:1
		11 10 2!/ /data shared:2
		12 11 3!/ /data/in`
	for line, want := range map[string]string{
		"mount --make-slave 'a b'":    `EINVAL a b is not a mount point; bind it on itself first: mount --bind '/data/a b' '/data/a b'`,
		"mount --make-slave $'\\033'": `EINVAL \x1b is not a mount point; bind it on itself first: mount --bind $'/data/\033' $'/data/\033'`,
		"mount --move /data/in /data/x": `EINVAL /data/in is mounted in a shared mount, /data; mount --make-private /data first
? EINVAL if only one of /data/in and /data/x is a directory`,
	} {
		if got := outcomeText(ask(t, sketch(t, host), predict.Caller{Cwd: "/data"}, line)); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}
