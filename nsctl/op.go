package nsctl

import (
	"slices"
	"strings"
)

// OpKind says which operation on mounts an [Op] is.
type OpKind uint8

// The operations.
const (
	OpMount     OpKind = iota + 1 // a new filesystem: mount -t TYPE SOURCE TARGET
	OpBind                        // mount --bind and --rbind
	OpMove                        // mount --move
	OpMake                        // mount --make-[r]TYPE
	OpUmount                      // umount
	OpUnshare                     // a new mount namespace
	OpPivotRoot                   // pivot_root
	OpRejoin                      // MOVE_MOUNT_SET_GROUP of move_mount(2)
)

// Op is one operation on mounts, in the terms of the commands that people know. It
// says nothing about where it is done: the namespace and the working directory
// belong to the caller. [ParseOp] reads one, [Op.String] writes it.
type Op struct {
	Kind OpKind

	// Source is what is mounted: for OpMount the device or any name, for OpBind and
	// OpMove a path. For OpPivotRoot it is the new root.
	Source string
	// Target is the path that the operation is done on or at. For OpPivotRoot it is
	// where the old root goes. OpUnshare has none.
	Target string

	FSType  string // OpMount
	Options string // OpMount: as after -o

	// FromNS is the namespace that Source of OpBind is in; empty for the own one.
	FromNS string
	// Recursive extends OpBind and OpMake to all mounts below.
	Recursive bool
	// Beneath puts what is mounted, bound or moved below the topmost mount at Target
	// (MOVE_MOUNT_BENEATH, Linux 6.5).
	Beneath bool
	// Lazy lets OpUmount detach the mount and all below it, busy or not (MNT_DETACH).
	Lazy bool
	// Type is what OpMake makes of a mount: Shared, Slave, Private or Unbindable.
	Type PropagationType

	// User says that OpUnshare makes a new user namespace too, which owns the new mount
	// namespace.
	User bool
	// Then is what unshare(1) does with the mounts of the new namespace.
	Then UnsharePropagation

	// To is the mount whose group OpRejoin joins, and ToNS the namespace that path is in.
	ToNS, To string
	// Slave makes the mount a slave of the group that it joined.
	Slave bool
}

// UnsharePropagation is what unshare(1) does, after the copy, with the propagation type
// of every mount in the new namespace: its option --propagation.
type UnsharePropagation uint8

// The values of --propagation. unshare(1) makes everything private unless told otherwise.
const (
	ThenPrivate UnsharePropagation = iota
	ThenSlave
	ThenShared
	ThenUnchanged
)

// String gives the word that --propagation takes.
func (u UnsharePropagation) String() string {
	return [...]string{"private", "slave", "shared", "unchanged"}[u]
}

// Args gives the operation as the words of a command.
func (op Op) Args() []string {
	switch op.Kind {
	case OpMount:
		args := append([]string{"mount"}, op.beneath()...)
		args = append(args, "-t", op.FSType)
		if op.Options != "" {
			args = append(args, "-o", op.Options)
		}
		return operands(args, op.Source, op.Target)
	case OpBind:
		args := append(append([]string{"mount"}, op.beneath()...), "--"+op.recursive()+"bind")
		if op.FromNS != "" {
			args = append(args, "--from", op.FromNS)
		}
		return operands(args, op.Source, op.Target)
	case OpMove:
		return operands(append(append([]string{"mount"}, op.beneath()...), "--move"), op.Source, op.Target)
	case OpMake:
		return operands([]string{"mount", "--make-" + op.recursive() + op.Type.String()}, op.Target)
	case OpUmount:
		if op.Lazy {
			return operands([]string{"umount", "-l"}, op.Target)
		}
		return operands([]string{"umount"}, op.Target)
	case OpUnshare:
		args := []string{"unshare"}
		if op.User {
			args = append(args, "--user")
		}
		return append(args, "--mount", "--propagation", op.Then.String())
	case OpPivotRoot:
		return operands([]string{"pivot_root"}, op.Source, op.Target)
	case OpRejoin:
		options := []string{"--to", op.ToNS + ":" + op.To}
		if op.Slave {
			options = append(options, "--slave")
		}
		if strings.HasPrefix(op.Target, "-") {
			return operands(append([]string{"rejoin"}, options...), op.Target)
		}
		return append([]string{"rejoin", op.Target}, options...)
	}
	return nil
}

// operands puts words behind the options of a command, so that none is taken for an
// option itself.
func operands(args []string, words ...string) []string {
	if slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, "-") && word != "-" }) {
		args = append(args, "--")
	}
	return append(args, words...)
}

func (op Op) beneath() []string {
	if op.Beneath {
		return []string{"--beneath"}
	}
	return nil
}

func (op Op) recursive() string {
	if op.Recursive {
		return "r"
	}
	return ""
}

// String gives the operation as a line for a shell, words quoted where they need it.
// It may hold any byte that a path may; see [Printable].
func (op Op) String() string { return ShellLine(op.Args()) }
