package miniroot_test

import "testing"

func TestCommands(t *testing.T) {
	root := newRoot(t)
	for _, tc := range []struct {
		name, text, out string
		status          int
		errs            []string
	}{
		{name: "mkdir", text: "mkdir a; mkdir a; echo $?; mkdir -p a/b/c; ls -d a/b/c; mkdir -m 700 d; ls -ld d | grep -c ^drwx------", out: "1\na/b/c\n1\n",
			errs: []string{"mkdir a: file exists\n"}},
		{name: "rmdir", text: "mkdir a; touch f; rmdir a f; echo $?; ls", out: "1\nf\n", errs: []string{"rmdir f: not a directory\n"}},
		{name: "rm", text: "mkdir -p a/b; touch f; rm -rf a f none; rm none; echo $?; ls", out: "1\n", errs: []string{"none"}},
		{name: "cp, mv", text: "echo x >f; cp f g; mkdir d; cp -r g d; mv f h; cat g d/g h; ls; cp none x; echo $?", out: "x\nx\nx\nd\ng\nh\n1\n", errs: []string{"none"}},
		{name: "ln", text: "echo x >f; ln f g; ln -s f s; ln -s f s; echo $?; ln -sf g s; cat g s; ls -l s | grep -c -e '-> g'", out: "1\nx\nx\n1\n", errs: []string{"file exists"}},
		{name: "ls", text: "mkdir d; touch d/b d/a d/.c; ls d none; echo $?; ls -a d; ls -d d; ls -1 d d", out: "d:\na\nb\n1\n.\n..\n.c\na\nb\nd\nd:\na\nb\nd:\na\nb\n",
			errs: []string{"ls: lstat none: no such file"}},
		{name: "ls -l", text: "echo x >f; ls -l f | grep -c '^-rw-r--r-- 1 root root 2 .* f$'; ls -ld /tmp | grep -c ^drwxrwxrwt", out: "1\n1\n"},
		{name: "cat", text: "echo a >f; echo b | cat f - f; cat none; echo $?", out: "a\nb\na\n1\n", errs: []string{"cat: open none: no such file"}},
		{name: "grep", text: "echo 'a\nB\nab' >f 2>&1; printf 'a\nB\nab\n' >f; grep a f; grep -n b f; grep -ic b f; grep -v a f; grep -F . f; echo $?; grep -q a none; echo $?",
			out: "a\nab\n3:ab\n2\nB\n1\n2\n", errs: []string{"grep: open none"}},
		{name: "id", text: "id; id -u; id -un; id -gn", out: "uid=0(root) gid=0(root) groups=0(root)\n0\nroot\nroot\n"},
		{name: "echo", text: "/bin/echo a  b; /bin/echo -n c; /bin/pwd", out: "a b\nc/tmp/t\n"},
		{name: "true, false", text: "/bin/true; echo $?; /bin/false; echo $?", out: "0\n1\n"},
		{name: "sleep", text: "sleep 0.01; sleep 1ms; sleep x; echo $?", out: "2\n", errs: []string{`sleep: "x" is not a time`}},
		{name: "env", text: "env a=b sh -c 'echo $a'; env none; echo $?; env -u PATH /bin/env | grep -c PATH; true", out: "b\n127\n0\n", errs: []string{"env: cannot run none"}},
		{name: "chroot", text: "mkdir -p r/bin; cp /bin/sh r/bin/mntscope; ln -s mntscope r/bin/sh; ln -s mntscope r/bin/ls; cp -r /lib /lib64 r 2>err; chroot r /bin/ls /bin; chroot r none; echo $?; chroot /none; echo $?",
			out: "ls\nmntscope\nsh\n127\n1\n", errs: []string{"chroot /none: no such file"}},
		{name: "unknown option", text: "mkdir -z a; echo $?; ls --none; echo $?", out: "2\n2\n", errs: []string{"mkdir: the option -z is unknown", "ls: the option --none is unknown"}},
		{name: "too few", text: "mkdir; echo $?; pivot_root a; echo $?", out: "2\n2\n", errs: []string{"expected pivot_root NEW_ROOT PUT_OLD"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name == "chroot" {
				withoutProc(t)
			}
			shell(t, root, "rm -rf /tmp/t; mkdir /tmp/t; cd /tmp/t; "+tc.text).want(t, tc.status, tc.out, tc.errs...)
		})
	}
}
