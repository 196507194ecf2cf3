package uitest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mntscope/ui/uitest"
)

// programEnv names the environment variable that may hold the path of the program
// to test. Otherwise it is built, for which a compiler must be at hand.
const programEnv = "MNTSCOPE_TEST_PROGRAM"

// program gives the path of the program to test.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(programEnv); path != "" {
		return path, nil
	}
	path := filepath.Join(scratch, "mntscope")
	if output, err := exec.Command("go", "build", "-o", path, "mntscope/cmd/mntscope").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build mntscope (or name it in %s): %w\n%s", programEnv, err, output)
	}
	return path, nil
})

// explorer prepares a run of the real program.
func explorer(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}

// explore opens the explorer on a saved snapshot and waits until it has read that.
func explore(t testing.TB, snapshot string, cols, rows int, env ...string) *uitest.Terminal {
	t.Helper()
	term := uitest.Start(t, explorer(t, "--snapshot", snapshot), cols, rows, env...)
	term.WaitForText("Mount namespaces")
	return term
}

// sizes at which everything is tried: the smallest, the usual, a comfortable and a
// large terminal.
var sizes = [...]struct{ cols, rows int }{{60, 20}, {80, 24}, {120, 40}, {200, 60}}

// checkLayout checks what holds for every screen.
func checkLayout(t testing.TB, after string, s uitest.Screen) {
	t.Helper()
	if problems := layoutProblems(s); problems != nil {
		t.Errorf("after %s: %s\n%s", after, strings.Join(problems, "; "), s.Text())
	}
}

// layoutProblems says what is wrong with a screen that should have a header, a
// footer, and borders that are closed.
func layoutProblems(s uitest.Screen) []string {
	problems := brokenBoxes(s)
	if !strings.Contains(s.Line(0), "2 Mounts") {
		problems = append(problems, "no header")
	}
	if s.Line(len(s.Cells)-1) == "" {
		problems = append(problems, "no footer")
	}
	if !s.AltScreen {
		problems = append(problems, "not on the alternate screen")
	}
	return problems
}

// box is a rectangle of cells with a border.
type box struct{ left, top, right, bottom int }

// overlay reports whether a box stands away from the sides of the screen, as only
// what lies over the panes does.
func (b box) overlay(cols int) bool { return b.left > 0 && b.right < cols-1 }

// brokenBoxes follows the borders from each upper left corner. Where an overlay
// covers parts of the panes, only its own border counts.
func brokenBoxes(s uitest.Screen) []string {
	var broken []string
	covered := false
	for y := range s.Cells {
		for x := range s.Cells[y] {
			if s.Cells[y][x].Content != "╭" {
				continue
			}
			b, problem := follow(s, x, y)
			if problem != "" {
				broken = append(broken, fmt.Sprintf("the box at column %d, row %d %s", x, y, problem))
			} else if b.overlay(len(s.Cells[y])) {
				covered = true
			}
		}
	}
	if covered {
		return nil
	}
	return broken
}

func follow(s uitest.Screen, x, y int) (b box, problem string) {
	b = box{left: x, top: y, right: x, bottom: y}
	at := func(x, y int) string { return s.Cells[y][x].Content }
	for at(b.right, y) != "╮" {
		if b.right++; b.right == len(s.Cells[y]) {
			return b, "has no upper right corner"
		}
	}
	for b.bottom++; ; b.bottom++ {
		if b.bottom == len(s.Cells) {
			return b, "has no lower edge"
		}
		left, right := at(b.left, b.bottom), at(b.right, b.bottom)
		switch {
		case left == "│" && strings.Contains("│┃", right) && right != "":
		case left == "╰" && right == "╯":
			for x := b.left + 1; x < b.right; x++ {
				if at(x, b.bottom) != "─" {
					return b, fmt.Sprintf("has %q in its lower edge", at(x, b.bottom))
				}
			}
			return b, ""
		default:
			return b, fmt.Sprintf("has sides %q and %q in row %d", left, right, b.bottom)
		}
	}
}
