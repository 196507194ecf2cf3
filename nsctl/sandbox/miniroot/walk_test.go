package miniroot_test

import (
	"strings"
	"testing"
)

// The steps that a class takes, with the commands of the root alone.
func TestWalk(t *testing.T) {
	withoutProc(t)
	root := newRoot(t)
	disk := strings.TrimSpace(shell(t, root, "mount -t proc proc /proc; findmnt -n -o FSTYPE /").out)
	r := shell(t, root, `
findmnt; echo "no proc: $?"
ps; echo "no proc: $?"
mount -t proc proc /proc; echo "proc: $?"
findmnt -n -o TARGET,FSTYPE,PROPAGATION
ps | grep -c ' root .* R .* ps$'; ps | grep -c '^1 .* S .* sh -c'
mkdir /mnt/a /mnt/b; touch /mnt/a/under
mount -t tmpfs -o size=1m,nosuid,mode=755 shelf /mnt/a; echo "tmpfs: $?"
touch /mnt/a/over; ls /mnt/a
mount --bind /mnt/a /mnt/b; ls /mnt/b
mount -o remount,bind,ro /mnt/b; touch /mnt/b/no; echo "read-only: $?"
mount | sh -c 'while read line; do case $line in *" /mnt/"*) echo "${line%relatime*}";; esac; done'
umount /sys; mount --make-rshared /; mount --make-private /proc; umount /mnt/b; mount --bind /mnt/a /mnt/b; mount --make-slave /mnt/b; mount --make-shared /mnt/b
findmnt -n -l -o PROPAGATION | sh -c 'while read a b c; do echo "${a%:*} ${b%:*} $c"; done'
mount --make-rprivate /; findmnt -no PROPAGATION /mnt/b
umount /mnt/b /mnt/a; echo "umount: $?"; ls /mnt/a
umount /mnt/a; echo "again: $?"
findmnt /mnt/a; echo "none: $?"
mount --rbind / /mnt/b; findmnt -nlo TARGET; umount /mnt/b; echo "busy: $?"; umount -R /mnt/b; echo "recursive: $?"
mount --bind -o nodev,ro --make-unbindable /mnt/a /mnt/a; findmnt -no PROPAGATION,OPTIONS /mnt/a; mount --bind /mnt/a /mnt/b; echo "unbindable: $?"
mount --bind /mnt/b /mnt/b; mount -t tmpfs t /mnt/b; mkdir /mnt/c; mount --move /mnt/b /mnt/c; findmnt -nlo TARGET; umount -l /mnt/c
mount -t nothing x /mnt/c; echo "type: $?"; mount /mnt/a /mnt/b; echo "usage: $?"
`)
	r.want(t, 0, `no proc: 1
no proc: 1
proc: 0
/        `+disk+`  private
├─/sys   proc  private
└─/proc  proc  private
1
1
tmpfs: 0
over
over
read-only: 1
shelf on /mnt/a type tmpfs (rw,nosuid,
shelf on /mnt/b type tmpfs (ro,nosuid,
shared (shared) 
private  
shared (shared) 
shared master (shared and slave)
private
umount: 0
under
again: 1
none: 1
/
/proc
/mnt/b
/mnt/b/proc
busy: 1
recursive: 0
unbindable  ro,nodev,relatime
unbindable: 1
/
/proc
/mnt/a
/mnt/b
/mnt/c
type: 1
usage: 2
`, "mount -t proc proc /proc", "touch", "umount /mnt/a: invalid argument", "no such device")
}

// The working directory of the shell is the kernel's: mounts on top do not change it, it
// keeps mounts busy, and pivot_root takes it along.
func TestWorkingDirectory(t *testing.T) {
	root := newRoot(t)
	shell(t, root, `
cd /mnt; touch under; mount -t tmpfs t /mnt; ls; ls /mnt
cd /mnt; ls; echo x >over; ls; cat ./over; [ -e over ] && echo there
umount /mnt; echo "busy: $?"
cd / && umount /mnt; echo "left: $?"; ls /mnt
mkdir -p /mnt/d; cd /mnt/d; mv /mnt/d /mnt/e; touch here; ls /mnt/e; echo h*; cd ..; cd /mnt/e; rm -r /mnt/e; sh -c 'cd /; pwd'
`).want(t, 0, `under
over
x
there
busy: 1
left: 0
under
here
here
/
`, "umount /mnt: device or resource busy")
}

// A second root is made out of the first, and changed to.
func TestPivotRoot(t *testing.T) {
	withoutProc(t)
	root := newRoot(t)
	shell(t, root, `
mkdir /tmp/new; cd /tmp/new; pivot_root . old_root; echo "no directory: $?"; mkdir old_root; pivot_root . old_root; echo "no mount: $?"; rmdir old_root; cd /
mount --bind / /tmp/new; mount -t tmpfs t /tmp/new/tmp; cd /tmp/new; mkdir old_root; pivot_root . old_root; echo "pivot: $?"
ls -d bin old_root/tmp/new; [ -d bin ] && echo 'a test'; echo b*; echo x >tmp/x; cat /tmp/x; bin/sh -c pwd
cd tmp; cat x; cd ..; cd old_root; ls -d tmp/new; cd /
umount old_root; echo "busy: $?"; mount -t proc proc /proc; umount -l /old_root; echo "lazy: $?"; ls old_root; findmnt -no TARGET
`).want(t, 0, `no directory: 1
no mount: 1
pivot: 0
bin
old_root/tmp/new
a test
bin
x
/
x
tmp/new
busy: 1
lazy: 0
/
├─/tmp
└─/proc
`, "pivot_root .: no such file or directory", "umount old_root: device or resource busy")
}

func TestUnshare(t *testing.T) {
	withoutProc(t)
	root := newRoot(t)
	shell(t, root, `
mount -t proc proc /proc; mount --make-rshared /
unshare -m sh -c 'findmnt -no PROPAGATION /; mount -t tmpfs t /mnt; findmnt /mnt >/tmp/log; exit 5'; echo $?; findmnt /mnt; echo $?
unshare -m --propagation slave findmnt -no PROPAGATION / | grep -c slave
unshare -pf --mount-proc sh -c 'echo $$; ps | grep -c "^1 "'
unshare -u sh -c 'hostname inner; hostname'; unshare --propagation x -m true; echo $?
unshare -n none; echo $?
`).want(t, 0, "private\n5\n1\n1\n1\n1\ninner\n2\n127\n", "one of private", "cannot run none")
}

// Names from the kernel and from filesystems can hold anything.
func TestHostileNames(t *testing.T) {
	root := newRoot(t)
	r := shell(t, root, `
mount -t proc proc /proc; d=$(printf '/mnt/\033[31m\nx'); mkdir "$d"; mount -t tmpfs "$(printf 'so\033urce')" "$d"; findmnt; mount; findmnt "$d"
umount "$d"; umount "$d"; $(printf 'no\033ne'); sh -c 'ps; true' "$(printf '\033[2J')"
`)
	if strings.Contains(r.out+r.err, "\x1b") {
		t.Errorf("an escape sequence came through: %q %q", r.out, r.err)
	}
	for _, want := range []string{`/mnt/\x1b[31m\nx `, `so\x1burce on /mnt/\x1b[31m\nx type tmpfs`, `sh -c ps; true \x1b[2J`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the output does not have %q:\n%s", want, r.out)
		}
	}
	if want := `umount /mnt/\x1b[31m\nx: invalid argument`; !strings.Contains(r.err, want) {
		t.Errorf("standard error does not have %q:\n%s", want, r.err)
	}
}
