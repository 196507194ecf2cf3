package nsctl_test

import (
	"os/exec"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestSafeShellLine(t *testing.T) {
	for _, tc := range []struct{ want, line string }{
		{"umount /mnt/a", "umount|/mnt/a"},
		{`umount '/mnt/a b'`, "umount|/mnt/a b"},
		{`'a\b' 'it'\''s'`, `a\b|it's`},
		{`$'/a\012b\033[31m' $'\377\'\\'`, "/a\nb\x1b[31m|\xff'\\"},
		{`$'\342\200\256x' 'é'`, "\u202ex|é"},
		{"''", ""},
		{"a=b '=c'", "a=b|=c"},
	} {
		if got := nsctl.SafeShellLine(strings.Split(tc.line, "|")); got != tc.want {
			t.Errorf("%q gives %s, want %s", tc.line, got, tc.want)
		}
	}
}

// A shell is asked what it reads: the command that is copied must name the mount point to
// the byte.
func TestSafeShellLineIsRead(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to read the words")
	}
	for _, word := range []string{
		"/data", "", "a b", "it's", `back\slash`, "$HOME `id` \"x\" *", "new\nline\ttab", "\x1b[31mred\x07", "bad\xff\xfe9", "rtl\u202egnp",
		"=x", "x=", "日本語", "~", "-n", "#c", "é", "a\u200db", "\x80\x81", "\\'", "!x", "it's\x1b\\n",
	} {
		checkRead(t, bash, word)
	}
}

// checkRead checks that a word can be printed, and that a shell reads it as it is.
func checkRead(t *testing.T, bash, word string) {
	t.Helper()
	line := nsctl.SafeShellLine([]string{"printf", "%s", word})
	if plain := strings.ReplaceAll(line, `\`, ""); nsctl.Printable(plain) != plain {
		t.Errorf("%q is not safe to print", line)
	}
	out, err := exec.CommandContext(t.Context(), bash, "-c", line).Output()
	if err != nil || string(out) != word {
		t.Errorf("%q is read as %q, %v", word, out, err)
	}
}

func FuzzSafeShellLine(f *testing.F) {
	f.Add("/a\nb\x1b[31m\xff'\\")
	bash, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("there is no bash to ask")
	}
	f.Fuzz(func(t *testing.T, word string) {
		checkRead(t, bash, strings.ReplaceAll(word, "\x00", ""))
	})
}
