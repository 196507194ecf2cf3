package nstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mntscope/nsctl/internal/sys"
)

// Op is one step that an agent takes in its namespace. Make one with the functions
// below; each names the system call it makes.
type Op struct {
	Call  string
	Args  []string
	Flags uint64
}

// String describes the step in the style of a shell command.
func (op Op) String() string {
	var b strings.Builder
	b.WriteString(op.Call)
	for _, arg := range op.Args {
		fmt.Fprintf(&b, " %q", arg)
	}
	if op.Flags != 0 {
		fmt.Fprintf(&b, " flags 0x%x", op.Flags)
	}
	return b.String()
}

// Mount is mount(2).
func Mount(source, target, fstype string, flags uint64, data string) Op {
	return Op{"mount", []string{source, target, fstype, data}, flags}
}

// Tmpfs makes the directory target, and those above it, and mounts a tmpfs on it.
func Tmpfs(target string) Op { return Op{Call: "tmpfs", Args: []string{target}} }

// Bind makes the directory target if it does not exist, and binds source on it.
func Bind(source, target string) Op { return bind(source, target, sys.MountBind) }

// Rbind does what Bind does with all mounts below source.
func Rbind(source, target string) Op { return bind(source, target, sys.MountBind|sys.MountRecursive) }

func bind(source, target string, flags uint64) Op {
	return Op{"bind", []string{source, target}, flags}
}

// Move moves a mount, with MS_MOVE.
func Move(source, target string) Op { return Mount(source, target, "", sys.MountMove, "") }

// Make changes the propagation type with mount(2). how is one of shared, slave,
// private, unbindable, or the same with an r before it for the mounts below too.
func Make(how, target string) Op {
	return Mount("none", target, "", propagationFlags(how), "")
}

// MakeBySetattr does what Make does with mount_setattr(2), which unlike mount(2)
// wakes those who poll mountinfo.
func MakeBySetattr(how, target string) Op {
	return Op{"mount_setattr", []string{target}, propagationFlags(how)}
}

// Remount changes the flags of one mount, not of its filesystem: for example
// sys.MountReadOnly.
func Remount(target string, flags uint64) Op {
	return Mount("none", target, "", sys.MountRemount|sys.MountBind|flags, "")
}

// ReadOnly makes one mount read-only with mount_setattr(2), which keeps all its other
// flags.
func ReadOnly(target string) Op { return Op{Call: "read-only", Args: []string{target}} }

// Umount is umount(2).
func Umount(target string) Op { return Op{Call: "umount", Args: []string{target}} }

// Detach is umount2(2) with MNT_DETACH.
func Detach(target string) Op { return Op{"umount", []string{target}, sys.UnmountDetach} }

// NewMount makes a filesystem with fsopen(2), so that its options, each
// "key=value" or "key", may be long and hold any byte, and mounts it on the
// existing target.
func NewMount(fstype, target string, options ...string) Op {
	return Op{Call: "fsmount", Args: append([]string{fstype, target}, options...)}
}

// MoveMount is move_mount(2) with flags such as sys.MoveMountBeneath or
// sys.MoveMountSetGroup.
func MoveMount(from, to string, flags uint64) Op {
	return Op{"move_mount", []string{from, to}, flags}
}

// NewMountBeneath does what NewMount does, but immediately below the topmost mount at
// target (MOVE_MOUNT_BENEATH).
func NewMountBeneath(fstype, target string, options ...string) Op {
	return Op{"fsmount", append([]string{fstype, target}, options...), sys.MoveMountBeneath}
}

// BindBeneath puts a copy of what is at source immediately below the topmost mount at
// target, with recursive also of what is mounted below source.
func BindBeneath(source, target string, recursive bool) Op {
	op := Op{"bind beneath", []string{source, target}, sys.OpenTreeClone}
	if recursive {
		op.Flags |= sys.OpenTreeRecursive
	}
	return op
}

// Pivot is pivot_root(2).
func Pivot(newRoot, putOld string) Op {
	return Op{Call: "pivot_root", Args: []string{newRoot, putOld}}
}

// Chroot is chroot(2), followed by chdir("/").
func Chroot(dir string) Op { return Op{Call: "chroot", Args: []string{dir}} }

// Chdir is chdir(2).
func Chdir(dir string) Op { return Op{Call: "chdir", Args: []string{dir}} }

// Mkdir makes a directory and those above it that do not exist.
func Mkdir(dir string) Op { return Op{Call: "mkdir", Args: []string{dir}} }

// Touch makes an empty file.
func Touch(file string) Op { return Op{Call: "touch", Args: []string{file}} }

// Symlink makes a symbolic link at path.
func Symlink(target, path string) Op { return Op{Call: "symlink", Args: []string{target, path}} }

// Rename is rename(2).
func Rename(from, to string) Op { return Op{Call: "rename", Args: []string{from, to}} }

// Remove removes a file or an empty directory.
func Remove(path string) Op { return Op{Call: "remove", Args: []string{path}} }

// Map maps a file that is not empty into the agent's memory, without leaving it open.
func Map(file string) Op { return Op{Call: "map", Args: []string{file}} }

// Write makes a file with a text.
func Write(file, text string) Op { return Op{Call: "write", Args: []string{file, text}} }

// propagationFlags gives the flags for a word of mount(8), and for any other word
// a combination that the kernel refuses with EINVAL.
func propagationFlags(how string) uint64 {
	word, recursive := strings.CutPrefix(how, "r")
	flags, ok := map[string]uint64{
		"shared": sys.MountShared, "slave": sys.MountSlave,
		"private": sys.MountPrivate, "unbindable": sys.MountUnbindable,
	}[word]
	if !ok {
		return sys.MountShared | sys.MountSlave
	}
	if recursive {
		flags |= sys.MountRecursive
	}
	return flags
}

// do takes the step in the calling process, which is an agent.
func (op Op) do() error {
	arg := func(i int) string {
		if i < len(op.Args) {
			return op.Args[i]
		}
		return ""
	}
	switch op.Call {
	case "mount":
		return sys.Mount(arg(0), arg(1), arg(2), uintptr(op.Flags), arg(3))
	case "tmpfs":
		if err := os.MkdirAll(arg(0), 0o755); err != nil {
			return err
		}
		return sys.Mount("tmpfs", arg(0), "tmpfs", 0, "mode=755")
	case "bind":
		if _, err := os.Lstat(arg(1)); err != nil {
			if err := os.MkdirAll(arg(1), 0o755); err != nil {
				return err
			}
		}
		return sys.Mount(arg(0), arg(1), "", uintptr(op.Flags), "")
	case "umount":
		return sys.Unmount(arg(0), int(op.Flags))
	case "mount_setattr":
		return sys.CurrentDir.SetMountAttributes(arg(0), sys.MountAttributes{
			Propagation: op.Flags &^ sys.MountRecursive,
		}, op.Flags&sys.MountRecursive != 0)
	case "read-only":
		return sys.CurrentDir.SetMountAttributes(arg(0), sys.MountAttributes{Set: sys.MountAttrReadOnly}, false)
	case "fsmount":
		return newMount(arg(0), arg(1), op.Args[2:], int(op.Flags))
	case "bind beneath":
		return bindBeneath(arg(0), arg(1), uint(op.Flags))
	case "move_mount":
		return sys.CurrentDir.MoveMount(arg(0), sys.CurrentDir, arg(1), int(op.Flags))
	case "pivot_root":
		return sys.PivotRoot(arg(0), arg(1))
	case "chroot":
		if err := syscall.Chroot(arg(0)); err != nil {
			return err
		}
		return changeDir("/")
	case "chdir":
		return changeDir(arg(0))
	}
	return op.doFile(arg)
}

// doFile takes a step that is about files and not about mounts.
func (op Op) doFile(arg func(i int) string) error {
	switch op.Call {
	case "mkdir":
		return os.MkdirAll(arg(0), 0o755)
	case "touch":
		return touch(arg(0))
	case "symlink":
		return os.Symlink(arg(0), arg(1))
	case "rename":
		return os.Rename(arg(0), arg(1))
	case "remove":
		return os.Remove(arg(0))
	case "map":
		return mapFile(arg(0))
	case "write":
		return write(arg(0), arg(1))
	}
	return fmt.Errorf("no such step")
}

func bindBeneath(source, target string, flags uint) error {
	tree, err := sys.CurrentDir.OpenTree(source, flags)
	if err != nil {
		return err
	}
	defer tree.Close()
	return tree.MoveMount("", sys.CurrentDir, target, sys.MoveMountBeneath)
}

// changeDir is for agents, whose process is all theirs.
func changeDir(dir string) error {
	return os.Chdir(dir) //nolint:forbidigo // the step that was asked for
}

func touch(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return f.Close()
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

func mapFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = syscall.Mmap(int(f.Fd()), 0, 1, syscall.PROT_READ, syscall.MAP_PRIVATE) // for as long as the agent lives
	return err
}

func newMount(fstype, target string, options []string, flags int) error {
	fs, err := sys.OpenFilesystem(fstype)
	if err != nil {
		return err
	}
	defer fs.Close()
	for _, option := range options {
		key, value, hasValue := strings.Cut(option, "=")
		if hasValue {
			err = fs.Set(key, value)
		} else {
			err = fs.SetFlag(key)
		}
		if err != nil {
			return err
		}
	}
	mnt, err := fs.Mount(0)
	if err != nil {
		return err
	}
	defer mnt.Close()
	return mnt.MoveMount("", sys.CurrentDir, target, flags)
}
