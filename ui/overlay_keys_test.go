package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
)

// footer is the last line of the screen.
func (d *driver) footer() string {
	lines := strings.Split(d.text(), "\n")
	return lines[len(lines)-1]
}

// clickFooter clicks on a word in the last line.
func (d *driver) clickFooter(word string) *driver {
	d.t.Helper()
	x := strings.Index(d.footer(), word)
	if x < 0 {
		d.t.Fatalf("the footer is %q, without %q", d.footer(), word)
	}
	d.send(tea.MouseClickMsg{X: x, Y: d.m.layout.h - 1, Button: tea.MouseLeft})
	return d
}

// While a dialog is in front, the footer has its keys, where a click does the same.
func TestFooterOfADialog(t *testing.T) {
	for _, size := range sizes {
		d, b := changing(t, Options{}, size[0], size[1])
		d.inSpace("host", "/sys").press("/").typed("sys").press("enter t")
		if got := d.footer(); strings.Contains(got, "sys") || strings.Contains(got, "palette") || strings.Contains(got, "enter") || !strings.Contains(got, "esc leaves") {
			t.Errorf("the footer of a dialog where nothing would change is %q", got)
		}
		d.clickFooter("space").shows("--make-rshared")
		d.press("down").clickFooter("y copies")
		if got := d.copied(); got != "mount --make-rslave /sys" {
			t.Errorf("copied %q", got)
		}
		// What is under a note is not in sight: a click only takes the note away.
		d.send(tea.MouseClickMsg{X: 2, Y: d.m.layout.h - 1, Button: tea.MouseLeft})
		d.shows("enter goes on", "--make-rslave")
		d.clickFooter("enter").shows("Do it?")
		d.clickFooter("n no").shows("nothing was done")
		if d.m.overlay != nil || len(b.done) > 0 {
			t.Errorf("no was not taken: done was %q", b.done)
		}
		d.press("t down enter").clickFooter("y yes")
		if len(b.done) != 1 {
			t.Errorf("done was %q", b.done)
		}
		d.press("?").clickFooter("esc leaves")
		if d.m.overlay != nil {
			t.Error("esc does not leave")
		}
		d.check()
	}
}

// A note has the footer to itself.
func TestClickOnANote(t *testing.T) {
	d := explore(t, scene(), Options{Mouse: true}, 120, 40)
	x := strings.Index(d.footer(), "palette")
	d.press("r")
	d.send(tea.MouseClickMsg{X: x, Y: 39, Button: tea.MouseLeft})
	if d.m.overlay != nil {
		t.Error("a hint that is not in sight was clicked on")
	}
	d.clickFooter("palette").shows("type a name")
}

// A mount that several steps change is counted once.
func TestEachMountIsCountedOnce(t *testing.T) {
	effect := func(kind nsctl.EffectKind, id nsctl.MountID) nsctl.Effect {
		return nsctl.Effect{Kind: kind, Mount: nsctl.Mount{MntID: id}, Was: &nsctl.Was{Mountpoint: "/was"}}
	}
	outcome := func(list ...nsctl.Effect) *nsctl.Outcome {
		return &nsctl.Outcome{Effects: list, NotReached: []nsctl.NotReached{{MntID: 9}}}
	}
	var all tally
	all.count(outcome(effect(nsctl.EffectPropagation, 1), effect(nsctl.EffectMount, -1)))
	all.count(outcome(effect(nsctl.EffectPropagation, 1), effect(nsctl.EffectPropagation, -1)))
	all.count(outcome(effect(nsctl.EffectMove, 1), effect(nsctl.EffectMount, -2)))
	if got := all.sum.String(); got != "2 mounts appear, 1 moves, 1 not reached" {
		t.Errorf("got %q", got)
	}
	all.count(outcome(effect(nsctl.EffectUmount, -1), effect(nsctl.EffectUmount, 1)))
	if got := all.sum.String(); got != "1 mount appears, 1 vanishes, 1 not reached" {
		t.Errorf("got %q", got)
	}
}
