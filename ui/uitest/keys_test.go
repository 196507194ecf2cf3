package uitest_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mntscope/ui"
	"mntscope/ui/uitest"
)

// registered gives the keys of the registry, as the key table in the README has
// them, by the names that Bubble Tea gives them. Those that end or suspend the
// program are left out.
func registered(t testing.TB) []string {
	t.Helper()
	var keys []string
	for row := range strings.Lines(ui.KeyTable()) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
		for _, name := range regexp.MustCompile("`[^`]+`").FindAllString(cell, -1) {
			name = strings.Trim(name, "`")
			switch before, after, modified := strings.Cut(name, "-"); {
			case name == "page-up":
				name = "pgup"
			case name == "page-down":
				name = "pgdown"
			case modified && before != "" && after != "":
				name = before + "+" + after
			}
			if !slices.Contains(keys, name) && !slices.Contains([]string{"q", "ctrl+c", "ctrl+z"}, name) {
				keys = append(keys, name)
			}
		}
	}
	if len(keys) < 20 {
		t.Fatalf("the key table has only the keys %q:\n%s", keys, ui.KeyTable())
	}
	return keys
}

// atEverySize runs a test at all sizes of the terminal.
func atEverySize(t *testing.T, test func(t *testing.T, cols, rows int)) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.cols, size.rows), func(t *testing.T) {
			t.Parallel()
			test(t, size.cols, size.rows)
		})
	}
}

func TestEveryKeyOnEveryScreen(t *testing.T) {
	keys := registered(t)
	atEverySize(t, func(t *testing.T, cols, rows int) {
		term := explore(t, demo, cols, rows)
		for _, screen := range []string{"1", "2", "3", "4", "5"} {
			for _, key := range keys {
				term.Press(screen, key)
				checkLayout(t, fmt.Sprintf("%s on screen %s", key, screen), term.Settle())
				term.Press("esc", "esc") // out of what the key may have opened
				checkLayout(t, fmt.Sprintf("%s and esc on screen %s", key, screen), term.Settle())
			}
		}
		leave(t, term)
	})
}

// Keys in every order, as a cat on the keyboard presses them.
func TestRandomKeys(t *testing.T) {
	keys := append(registered(t), "a", "\u00e9", "backspace", "enter", "enter", "down", "down")
	snapshots := map[string]string{"demo": demo, "hostile": save(t, hostile())}
	for name, snapshot := range snapshots {
		t.Run(name, func(t *testing.T) {
			atEverySize(t, func(t *testing.T, cols, rows int) {
				random := rand.New(rand.NewPCG(uint64(cols), uint64(rows)))
				term := explore(t, snapshot, cols, rows)
				for range 60 {
					var pressed []string
					for range 1 + random.IntN(8) {
						pressed = append(pressed, keys[random.IntN(len(keys))])
					}
					term.Press(pressed...)
					checkLayout(t, strings.Join(pressed, " "), term.Settle())
				}
				leave(t, term)
			})
		})
	}
}

// leave ends the program from wherever it is.
func leave(t testing.TB, term *uitest.Terminal) {
	t.Helper()
	term.Press("ctrl+c")
	if status, _ := term.WaitForExit(); status != 0 {
		t.Errorf("ctrl-c ends with status %d", status)
	}
}
