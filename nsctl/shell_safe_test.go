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
	} {
		if got := nsctl.SafeShellLine(strings.Split(tc.line, "|")); got != tc.want {
			t.Errorf("%q gives %s, want %s", tc.line, got, tc.want)
		}
	}
}

func FuzzSafeShellLine(f *testing.F) {
	f.Add("/a\nb\x1b[31m\xff'\\")
	bash, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("there is no bash to ask")
	}
	f.Fuzz(func(t *testing.T, word string) {
		word = strings.ReplaceAll(word, "\x00", "")
		line := nsctl.SafeShellLine([]string{"printf", "%s", word})
		if plain := strings.ReplaceAll(line, `\`, ""); nsctl.Printable(plain) != plain {
			t.Fatalf("%q is not safe to print", line)
		}
		out, err := exec.CommandContext(t.Context(), bash, "-c", line).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is read as %q, %v", word, out, err)
		}
	})
}
