package screen

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/theme"
)

func TestCountsOfABurst(t *testing.T) {
	b := burst{kinds: map[string]int{"mount": 1, "umount": 2000, "namespace gone": 1, "make-private": 3, "resync": 9}}
	if got, want := b.counts(), "2,000 umounts, 3 make-private, 1 mount, 1 namespace gone, 9 resyncs"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOptionChange(t *testing.T) {
	th := theme.New(theme.Options{Name: "mono"})
	for _, tc := range []struct {
		was, now           string
		superWas, superNow string
		room               int
		want               string
	}{
		{"rw,relatime", "ro,relatime", "rw", "rw", 7, "rw → ro"},
		{"rw,relatime", "ro,relatime", "rw", "rw", 6, "→ ro"},
		{"rw,relatime", "rw,relatime", "rw", "ro", 20, "rw → ro"},
		{"rw,relatime", "rw,nosuid,noexec,relatime", "rw", "rw", 20, "+nosuid,noexec"},
		{"rw,nodev,relatime", "rw,relatime", "rw", "rw", 20, "-nodev"},
		{"rw", "rw", "rw,size=1k,mode=755", "rw,size=2k\x1b,mode=755", 30, `size=1k → size=2k\x1b`},
	} {
		e := &happening{Event: nsctl.Event{Kind: nsctl.EventRemount, Was: &nsctl.Was{Options: tc.was, SuperOptions: tc.superWas}, Mount: &nsctl.Mount{Options: tc.now, SuperOptions: tc.superNow}}}
		if got := optionChange(th, e, tc.room); got != tc.want {
			t.Errorf("%s to %s is %q, want %q", tc.was, tc.now, got, tc.want)
		}
	}
}
