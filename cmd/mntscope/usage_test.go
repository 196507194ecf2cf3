package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestWrongUsage(t *testing.T) {
	for _, tc := range []struct {
		name string
		args string
		want string
	}{
		{"unknown command", "bogus", `unknown command "bogus"; "mntscope --help" lists`},
		{"mistyped command", "mount", `did you mean "mounts"?`},
		{"command with letters exchanged", "monuts", `did you mean "mounts"?`},
		{"unknown flag", "ns --bogus", `unknown flag: --bogus; "mntscope ns --help" lists`},
		{"unknown flag of the explorer", "--bogus", `unknown flag: --bogus; "mntscope --help" lists`},
		{"unknown short flag", "ns -x", "-x"},
		{"flag without its value", "peers --snapshot", "--snapshot"},
		{"boolean flag with a bad value", "ns --json=maybe", "maybe"},
		{"too many arguments", "ns x", `unexpected argument "x"`},
		{"too many namespaces", "mounts 1 2", `unexpected argument "2"`},
		{"flags that exclude each other", "peers --json --dot", "--json and --dot exclude each other"},
		{"flag of another command", "ns --dot", "--dot"},
		{"unknown help topic", "help bogus", `unknown command "bogus"`},
		{"unknown shell", "completion tcsh", "tcsh"},
		{"argument to man", "man x", "x"},
		{"escape sequence", "\x1b[31m", `\x1b[31m`},
		{"newline in a flag", "ns --a\nb", `--a`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, strings.Split(tc.args, " ")...).wantFailure(t, exitUsage, tc.want)
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range []string{"--help", "help", "-h", "ns --help", "help mounts", "peers -h", "snapshot --help", "predict --help", "apply --help", "undo --help", "watch --help", "sandbox --help", "sandbox new --help", "help sandbox step", "completion --help", "help completion bash"} {
		r := mntscope(t, strings.Split(args, " ")...)
		if r.status != exitDone || !strings.Contains(r.out, "USAGE") || r.err != "" {
			t.Errorf("%s: exit status %d, standard error %q, output %q", args, r.status, r.err, r.out)
		}
		if strings.Contains(r.out, "\x1b") {
			t.Errorf("%s: an escape sequence where there is no terminal: %q", args, r.out)
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	out := mntscope(t, "--help").out
	for _, name := range []string{"ns", "mounts", "peers", "holders", "predict", "apply", "undo", "why", "watch", "sandbox", "snapshot", "completion", "--snapshot", "--readonly", "--ascii", "--theme"} {
		if !strings.Contains(out, name) {
			t.Errorf("the help does not name %s:\n%s", name, out)
		}
	}
}

func TestVersion(t *testing.T) {
	r := mntscope(t, "--version")
	if r.status != exitDone || !strings.HasPrefix(r.out, "mntscope version ") || !strings.Contains(r.out, " go1.") {
		t.Errorf("exit status %d, output %q", r.status, r.out)
	}
}

func TestManPage(t *testing.T) {
	r := mntscope(t, "man")
	if r.status != exitDone || !strings.HasPrefix(r.out, ".nh\n") && !strings.HasPrefix(r.out, ".TH") {
		t.Fatalf("exit status %d, begins %.60q, standard error %q", r.status, r.out, r.err)
	}
	for _, word := range []string{".SH NAME", "mounts", "peers", "holders", "snapshot", "mermaid", "as it happens",
		".SH MNTSCOPE APPLY", ".SH MNTSCOPE SANDBOX NEW", "rejoin TARGET ", ".SH EXIT STATUS", "/mntscope/journal"} {
		if !strings.Contains(r.out, word) {
			t.Errorf("the man page has no %q", word)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := mntscope(t, "completion", shell); r.status != exitDone || !strings.Contains(r.out, "__complete") {
			t.Errorf("%s: exit status %d, standard error %q", shell, r.status, r.err)
		}
	}
}

func TestCompletionOfNamespaces(t *testing.T) {
	for word, want := range map[string][]string{
		"":     {"4026531832\tinitial systemd", "web\tcontainer mnt:[4026532001]"},
		"4026": {"4026531832\tinitial systemd", "4026532001\tcontainer web"},
	} {
		r := mntscope(t, "__complete", "mounts", "--snapshot", saved(t, host()), word)
		if offers := offered(r); !slices.Equal(offers, want) {
			t.Errorf("%q: offered are %q, want %q", word, offers, want)
		}
	}
}

// offered gives what a run of __complete offers.
func offered(r result) []string {
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	return lines[:len(lines)-1] // the last one is for the shell
}

func TestCompletionOfOperations(t *testing.T) {
	c := newChanging(t)
	c.Do(t, "mkdir /mnt/data /mnt/dir && mount -t tmpfs x /mnt/data && : >/mnt/dos && : >\"/mnt/d$(printf '\\033')\"")
	pid := strconv.Itoa(c.PID)
	const files = ":0"
	for _, tc := range []struct {
		line string // "|" stands for the word that is begun
		want []string
	}{
		{"|", []string{"--\tthe operation follows"}},
		{"-- |", []string{"mount\t[--beneath] -t TYPE [-o OPTIONS] SOURCE TARGET", "umount\t[-l] TARGET"}},
		{"-- mount |--m", []string{"--bind", "--make-rslave"}},
		{"-- rejoin /a --to |", []string{fmt.Sprintf("%d:/\tother sh", int64(c.NS))}},
		{"-- umount |/m", nil},
		{"--ns PID -- umount |/mnt/d", []string{"/mnt/data/\tmount point", "/mnt/dir/", "/mnt/dos"}},
		{"--ns PID -- mount --move /mnt/data |/mnt/di", []string{"/mnt/dir/"}},
		{"-- rejoin /a --to |PID:/mnt/da", []string{pid + ":/mnt/data/\tmount point"}},
		{"-- mount --bind --from PID |/mnt/da", []string{"/mnt/data/\tmount point"}},
		{"-- mount --bind --from PID /mnt/data |/mnt/da", nil},
		{"-- unshare --propagation |", []string{"private", "slave", "shared", "unchanged"}},
	} {
		for _, command := range []string{"apply", "predict"} {
			before, begun, _ := strings.Cut(strings.ReplaceAll(tc.line, "PID", pid), "|")
			r := finished(t, c.outside(t, append(append([]string{"__complete", command}, strings.Fields(before)...), begun)...))
			offers := offered(r)
			if tc.want == nil && (len(offers) > 0 || !strings.Contains(r.out, files)) {
				t.Errorf("%s %s: offered are %q, want files of the shell's own", command, tc.line, r.out)
			}
			for _, want := range tc.want {
				if !slices.Contains(offers, want) {
					t.Errorf("%s %s: offered are %q, want %q", command, tc.line, offers, want)
				}
			}
			if strings.Contains(r.out, "\x1b") {
				t.Errorf("%s %s: what is offered holds an escape: %q", command, tc.line, r.out)
			}
		}
	}
}
