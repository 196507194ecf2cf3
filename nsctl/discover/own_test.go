package discover

import (
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestOwnMounts(t *testing.T) {
	got, err := OwnMounts()
	if err != nil {
		t.Fatal(err)
	}
	want, err := nstest.ReadMountinfo("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].HiddenBy = 0 // a conclusion, which the other reading does not draw
	}
	if !slices.EqualFunc(got, want, func(a, b nsctl.Mount) bool { return a == b }) {
		t.Errorf("read\n%v\nwant\n%v", got, want)
	}
}
