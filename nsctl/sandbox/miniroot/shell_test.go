package miniroot_test

import (
	"strings"
	"testing"
)

func TestShell(t *testing.T) {
	root := newRoot(t)
	for _, tc := range []struct {
		name, text, out string
		status          int
		errs            []string
	}{
		{name: "words", text: `a='x  y'; echo "$a" $a '$a' "\$a" x\ \ y`, out: "x  y x y $a $a x  y\n"},
		{name: "exit", text: `exit 7`, status: 7},
		{name: "status of a program", text: `false; echo $?; sh -c 'exit 3'; echo $?`, out: "1\n3\n"},
		{name: "last status", text: `sh -c 'exit 3'`, status: 3},
		{name: "not found", text: `nothing-like-it; echo $?`, out: "127\n", errs: []string{"sh: cannot run nothing-like-it: executable file not found"}},
		{name: "not executable", text: `/etc/passwd; echo $?`, out: "126\n", errs: []string{"permission denied"}},
		{name: "no such file", text: `./none; echo $?`, out: "127\n", errs: []string{"./none: no such file"}},
		{name: "signal", text: `sh -c 'kill -TERM $$'; echo $?`, out: "143\n"},
		{name: "and, or", text: `true && echo yes || echo no; false && echo yes || echo no; ! true; echo $?`, out: "yes\nno\n1\n"},
		{name: "pipes", text: `echo a b c | cat | grep -c b; false | true; echo $?; true | false; echo $?`, out: "1\n0\n1\n"},
		{name: "redirections", text: `cd /tmp; echo one >f; echo two >>f; cat <f; ls none 2>err; grep -c 'no such' err; cat f >&2 2>/dev/full`,
			out: "one\ntwo\n1\n", errs: []string{"one\ntwo\n"}},
		{name: "here", text: "x=1\ncat <<END\n a $x\nEND\ncat <<'END'\n$x\nEND\n", out: " a 1\n$x\n"},
		{name: "substitution", text: `echo "$(echo a; cat /etc/group | grep -c root)" $((6 * 7))`, out: "a\n1 42\n"},
		{name: "loops", text: `for i in 1 2; do echo $i; done; i=0; while [ $i -lt 2 ]; do i=$((i+1)); done; echo $i; case abc in a*) echo case;; esac`, out: "1\n2\n2\ncase\n"},
		{name: "functions", text: `f() { echo "<$1>" $#; return 4; }; f 'a b' c; echo $?`, out: "<a b> 2\n4\n"},
		{name: "globs", text: `cd /etc; echo p* /bin/pwd* none*`, out: "passwd profile /bin/pwd none*\n"},
		{name: "environment", text: `a=1 sh -c 'echo $a'; b=2; sh -c 'echo "<$b>"'; export b; sh -c 'echo $b'; unset b; env | grep -c b=; env -i c=3 /bin/env`,
			out: "1\n<>\n2\n0\nc=3\n"},
		{name: "errexit", text: `set -e; echo before; false; echo after`, out: "before\n", status: 1},
		{name: "syntax", text: `foo(`, status: 2, errs: []string{"sh:1:", "must be followed by `)`"}},
		{name: "a script", text: "cd /tmp; echo 'echo $1; exit 5' >s; sh s x; echo $?; ln -s /bin/sh t; sh -e s y; echo $?", out: "x\n5\ny\n5\n"},
		{name: "subshell", text: `cd /etc; (cd /tmp; pwd; x=1); pwd; echo "<$x>"; ls | grep passwd`, out: "/tmp\n/etc\n<>\npasswd\n"},
		{name: "background", text: `sleep 0.01 & wait; echo $?`, out: "0\n"},
		{name: "kill in the shell", text: `kill -0 $$; echo $?; kill -USR9 1; echo $?`, out: "0\n1\n", errs: []string{"kill USR9: invalid argument"}},
		{name: "hostname", text: `hostname sandbox; hostname`, out: "sandbox\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			shell(t, root, "cd /tmp; rm -rf /tmp/f /tmp/err /tmp/s /tmp/t; cd /; "+tc.text).want(t, tc.status, tc.out, tc.errs...)
		})
	}
}

// What is read from a pipe is run line by line, and what a program reads is its own.
func TestShellFromInput(t *testing.T) {
	cmd := in(t, newRoot(t), "sh", "-s", "arg")
	cmd.Stdin = strings.NewReader("echo first\nsh -c 'read line; echo \"<$line>\"'\nfor the program\nif true\nthen echo $#; fi\nexit 9\necho never\n")
	run(t, cmd).want(t, 9, "first\n<for the program>\n1\n")

	long := strings.Repeat("0123456789", 1000) // more than the parser asks for at once
	cmd = in(t, newRoot(t), "sh")
	cmd.Stdin = strings.NewReader("echo " + long + "; echo next\n")
	run(t, cmd).want(t, 0, long+"\nnext\n")
}

func TestShellArguments(t *testing.T) {
	root := newRoot(t)
	run(t, in(t, root, "sh", "-ec", `echo $# "$1"; false; echo never`, "name", "a b")).want(t, 1, "1 a b\n")
	run(t, in(t, root, "sh", "-c")).want(t, 2, "", "sh: the option -c needs a text")
	run(t, in(t, root, "sh", "-z")).want(t, 2, "", "sh: the option -z is unknown")
	run(t, in(t, root, "sh", "/none")).want(t, 127, "", "sh: cannot run /none: no such file")
	login := in(t, root, "sh", "-lc", "echo $PATH")
	run(t, login).want(t, 0, "/bin\n")
}
