package screen

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// drawnLine is the line of the screen with a text in it.
func drawnLine(s *Mounts, text string) string {
	for _, line := range s.View() {
		if line = ansi.Strip(line); strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// Half of the number of a user namespace says nothing.
func TestOwnerHasRoom(t *testing.T) {
	h := host(t, "1 0 /", "2 0 /")
	n := h.Namespace(1)
	uid := uint32(65534)
	n.OwnerUID, n.OwnerUserNS = &uid, 4026532192
	for width, want := range map[int]string{80: "uid 65534 ", 200: "uid 65534 ", 300: "uid 65534 user:[4026532192] "} {
		s := NewNamespaces(theme.New(theme.Options{}))
		s.SetHost(h)
		s.Resize(kit.Rect{W: width, H: 24})
		if got := ansi.Strip(strings.Join(s.View(), "\n")); !strings.Contains(got, want) {
			t.Errorf("%d cells wide, the owner is not shown as %q:\n%s", width, want, got)
		}
	}
}

func TestPropagationHasRoom(t *testing.T) {
	h := host(t, "1 0 / shared:1\n2 1 /a/mount/point/with/a/long/name shared:107 master:12\n3 1 /under hidden:4\n4 1 /over master:7\n5 1 /from master:1234 propagate_from:999",
		"11 0 / master:1\n12 11 /a/mount/point/with/a/long/name shared:1107 master:107")
	for _, tc := range []struct {
		name    string
		width   int
		compare bool
		row     string
		want    []string
	}{
		{"groups in full at 60", 60, false, "long", []string{"◉ B shared:107 master:12"}},
		{"groups in full at 116", 116, false, "long", []string{"◉ B shared:107 master:12"}},
		{"what hides a mount at 60", 60, false, "under", []string{"⊘"}},
		{"what hides a mount at 80", 80, false, "under", []string{"⊘ 4"}},
		{"what hides a mount at 200", 200, false, "under", []string{"⊘ hidden by 4"}},
		{"without propagate_from at 60", 60, false, "/from", []string{"▶ L master:1234 "}},
		{"with propagate_from at 200", 200, false, "/from", []string{"master:1234 propagate_from:999"}},
		{"numbers in a comparison at 60", 60, true, "name", []string{"◉ B 107 12", "◉ B 1107 107"}},
		{"in full in a wide comparison", 140, true, "name", []string{"shared:107 master:12", "shared:1107 master:107"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewMounts(theme.New(theme.Options{}))
			s.SetHost(h)
			s.Resize(kit.Rect{W: tc.width, H: 24})
			if tc.compare {
				s.Compare(1)
				s.Compared(ComparedMsg{comparison{h, 0, 1}, lineUp(h, 0, 1)})
			}
			s.Settle()
			line := drawnLine(s, tc.row)
			for _, w := range tc.want {
				if !strings.Contains(line, w) {
					t.Errorf("the row is %q, want %q in it", line, w)
				}
			}
		})
	}
}
