package nsctl_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestShellBegun(t *testing.T) {
	for _, tc := range []struct {
		line, begun string
		from, words int
		not         bool
	}{
		{"", "", 0, 0, false},
		{"umount ", "", 7, 1, false},
		{"umount /mn", "/mn", 7, 1, false},
		{"umount '/a b", "/a b", 7, 1, false},
		{"umount '/a b/'c", "/a b/c", 7, 1, false},
		{`umount /a\ b`, "/a b", 7, 1, false},
		{`umount /a\`, "/a", 7, 1, false},
		{`umount "/a\`, `/a\`, 7, 1, false},
		{`umount \`, "", 7, 1, false},
		{`mount --bind $'/a\033[31m' $'/b\n`, "/b\n", 27, 3, false},
		{`umount $'/b\`, "/b", 7, 1, false},
		{`umount $`, "$", 7, 1, false},
		{`umount $'\q'`, "", 7, 1, true},
	} {
		words, begun, from, ok := nsctl.ShellBegun(tc.line)
		if begun != tc.begun || from != tc.from || len(words) != tc.words || ok == tc.not {
			t.Errorf("%q: %d words, then %q from %d on, %v; want %d, %q, %d", tc.line, len(words), begun, from, ok, tc.words, tc.begun, tc.from)
		}
	}
}

// What is written so that a terminal survives it is read again as it was.
func FuzzSafeShellLineIsReadBack(f *testing.F) {
	f.Add("/a\nb\x1b[31m\xff'\\", "$'x'")
	f.Add("\x009", "\u202e1")
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{a, b}
		line := nsctl.SafeShellLine(words)
		if got, err := nsctl.ShellWords(line); err != nil || !slices.Equal(got, words) {
			t.Fatalf("%q was written as %s and read as %q, %v", words, line, got, err)
		}
		if before, begun, from, ok := nsctl.ShellBegun(line); !ok || len(before) != 1 || begun != b || line[from:] != nsctl.SafeShellLine(words[1:]) {
			t.Fatalf("the last word of %s is %q from %d on", line, begun, from)
		}
	})
}

// The escapes of $'...' mean what they mean to bash.
func TestAnsiEscapesLikeBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to ask")
	}
	for _, text := range []string{`\a\b\e\E\f\n\r\t\v\\\'\"\?`, `\1\12\123\1234\777`, `\x1\x41\x4142\xfFg`, `plain "$x"`, `a'b\'c$'d`} {
		line := "$'" + text + "'"
		want, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := nsctl.ShellWords(line); err != nil || strings.Join(got, " ") != string(want) {
			t.Errorf("%s is read as %q, %v, by bash as %q", line, got, err, want)
		}
	}
}
