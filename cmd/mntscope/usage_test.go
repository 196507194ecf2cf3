package main

import (
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
	for _, word := range []string{".SH NAME", "mounts", "peers", "holders", "snapshot", "mermaid", "as it happens"} {
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
	r := mntscope(t, "__complete", "mounts", "--snapshot", saved(t, host()), "")
	for _, line := range []string{"4026531832\tinitial systemd\n", "4026532001\tcontainer web\n"} {
		if !strings.Contains(r.out, line) {
			t.Errorf("not offered: %q in %q", line, r.out)
		}
	}
}
