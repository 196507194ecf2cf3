package nsctl_test

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestShellWords(t *testing.T) {
	for _, tc := range []struct {
		name, line string
		want       []string
	}{
		{"nothing", " \t\n", nil},
		{"blanks", "  a \t b\nc ", []string{"a", "b", "c"}},
		{"single quotes", `'a  b' 'c\n"'`, []string{"a  b", `c\n"`}},
		{"double quotes", `"a 'b'" "\"\\\$\a"`, []string{"a 'b'", `"\$\a`}},
		{"backslash", `a\ b \'`, []string{"a b", "'"}},
		{"parts of one word", `a'b'"c"\d`, []string{"abcd"}},
		{"empty words", `'' "" a`, []string{"", "", "a"}},
		{"a line that goes on", "a\\\nb \"c\\\nd\" \\\n", []string{"ab", "cd"}},
		{"what else a shell knows", "$a * ~ #b ;c", []string{"$a", "*", "~", "#b", ";c"}},
		{"bytes", "\xff\x00", []string{"\xff\x00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := nsctl.ShellWords(tc.line)
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestShellQuoteLeavesPlainWords(t *testing.T) {
	for _, word := range []string{"/var/lib/a_b-c.d", "--make-shared", "web:/data", "a=b,c@d+e%f"} {
		if got := nsctl.ShellQuote(word); got != word {
			t.Errorf("%q becomes %q", word, got)
		}
	}
}

// The shell itself splits a line into the words it was made of.
func TestShellLineLikeTheShell(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"", "'", `'"'`, `\`, "a b", "~", "~root", "$HOME", "`id`", "$(id)", "*", "[a-z]", "{a,b}", "!", "#a", "a#", "\n", "\t", "-n", "&", "|", ";", "<", ">", "(", ")", "=", "a=b", "\xff\xfe", "日本", "\u202e", "\x1b[31m"}
	for range 500 {
		word := make([]byte, random.IntN(12))
		for i := range word {
			word[i] = byte(1 + random.IntN(255))
		}
		words = append(words, string(word))
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `printf '%s\0' `+nsctl.ShellLine(words)).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(got) != len(words) {
		t.Fatalf("the shell has %d words of %d", len(got), len(words))
	}
	for i, word := range words {
		if got[i] != word {
			t.Errorf("%q was written as %s, which the shell reads as %q", word, nsctl.ShellQuote(word), got[i])
		}
	}
}

func FuzzShellLine(f *testing.F) {
	f.Add("a b", "'", "\\\n")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		words := []string{a, b, c}
		got, err := nsctl.ShellWords(nsctl.ShellLine(words))
		if err != nil || !slices.Equal(got, words) {
			t.Fatalf("%q was written as %q and read as %q, %v", words, nsctl.ShellLine(words), got, err)
		}
	})
}
