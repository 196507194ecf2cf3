package nsctl_test

import (
	"testing"
	"unicode/utf8"

	"mntscope/nsctl"
)

func TestPrintable(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "/var/lib/docker", "/var/lib/docker"},
		{"letters of other scripts", "/données/日本/файл", "/données/日本/файл"},
		{"escape sequence", "/a\x1b[31m", `/a\x1b[31m`},
		{"C1 control", "/a\u009b31m", `/a\u009b31m`},
		{"newline and tab", "/a\nb\tc", `/a\nb\tc`},
		{"carriage return", "/a\rb", `/a\rb`},
		{"backslash stays unambiguous", `/a\n`, `/a\\n`},
		{"right-to-left override", "/a\u202etxt", `/a\u202etxt`},
		{"zero width joiner", "/a\u200db", `/a\u200db`},
		{"no-break space", "/a\u00a0b", `/a\u00a0b`},
		{"invalid UTF-8", "/a\xff\xc3", `/a\xff\xc3`},
		{"an encoded U+FFFD is shown", "/a\ufffd", "/a\ufffd"},
		{"combining mark on a letter", "/cafe\u0301", "/cafe\u0301"},
		{"combining mark at the start", "\u0301a", `\u0301a`},
		{"combining mark after a slash", "/\u0301a", `/\u0301a`},
		{"invisible letter", "/\u3164", `/\u3164`},
		{"delete", "\x7f", `\x7f`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := nsctl.Printable(tc.in); got != tc.want {
				t.Errorf("Printable(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("/a\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		out := nsctl.Printable(in)
		if !utf8.ValidString(out) {
			t.Fatalf("Printable(%q) = %q is not UTF-8", in, out)
		}
		for _, r := range out {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Fatalf("Printable(%q) = %q lets %U through", in, out, r)
			}
		}
	})
}
