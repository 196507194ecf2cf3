// Package miniroot is the built-in root file system of sandboxes, which needs no download:
// the mntscope program itself, under the names of a small set of commands.
//
// # The concept
//
// [Build] fills an empty directory: /bin/mntscope is a copy of the program, and /bin/sh,
// /bin/ls, /bin/mount and the others are symbolic links to it. When the program is
// started by such a name it is that command, and nothing else: [Command] tells main. That
// happens only where the running root is one of these, which shows in /bin itself: there
// the command's own name, /bin/ls, is a link to mntscope. A link to mntscope that
// somebody has elsewhere, by whatever name, starts mntscope.
//
// The commands are those of a walk through the building of a container by hand. The shell
// is mvdan.cc/sh, what copies, moves and removes files is u-root; what neither has, or does
// not do as people expect of it, is here: all that works on mounts, and a few of a handful
// of lines each.
//
// The program may be linked statically or not. [Build] takes along the libraries of one
// that was built with cgo, as it is wherever there is a C compiler.
//
// # The shell
//
// It has the language of bash, as far as its interpreter goes (no job control), and its
// working directory is the kernel's, as that of any shell: it keeps a mount busy, goes
// along with pivot_root, and stays where it is when something is mounted on top of it. The
// interpreter knows only the name of the directory and runs subshells in the same process;
// so after a cd in a subshell the shell finds its way back by name, patterns (*) and test
// look by name first, and exec runs a program as a child and then ends.
//
// # What this package does not do
//
// It makes no namespace and mounts nothing by itself: in a new root /proc is empty. It has
// no device files either. What names of files hold reaches a terminal escaped, but cat
// writes what it reads.
package miniroot
