package ui

import (
	"strings"

	"mntscope/nsctl"
)

// suggestion is an operation that makes sense on a mount point.
type suggestion struct {
	label string
	op    nsctl.Op // without a target, that is to be typed
}

// fill is the text of the suggestion. It shows every byte of a path, and is read as the
// operation that it is.
func (s *suggestion) fill() string {
	fill := nsctl.SafeShellLine(s.op.Args())
	if s.unfinished() {
		return strings.TrimSuffix(fill, "''")
	}
	return fill
}

// unfinished reports whether the rest is to be typed.
func (s *suggestion) unfinished() bool { return s.op.Kind != nsctl.OpUnshare && s.op.Target == "" }

// operationsOn are the operations that make sense on a mount point, those first that
// people ask about most.
func operationsOn(path string) []suggestion {
	list := []suggestion{
		{"mount a new filesystem here", nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "tmpfs", Target: path}},
		{"unmount it", nsctl.Op{Kind: nsctl.OpUmount, Target: path}},
		{"unmount it with all below, busy or not", nsctl.Op{Kind: nsctl.OpUmount, Target: path, Lazy: true}},
	}
	for _, recursive := range []bool{false, true} {
		below := ""
		if recursive {
			below = ", and all below"
		}
		for _, t := range []nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable} {
			list = append(list, suggestion{
				"make it " + t.String() + below, nsctl.Op{Kind: nsctl.OpMake, Type: t, Recursive: recursive, Target: path},
			})
		}
	}
	list = append(list,
		suggestion{"bind it to ..", nsctl.Op{Kind: nsctl.OpBind, Source: path}},
		suggestion{"bind it with all below to ..", nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: path}},
		suggestion{"move it to ..", nsctl.Op{Kind: nsctl.OpMove, Source: path}},
		suggestion{"make it the root, the old one below ..", nsctl.Op{Kind: nsctl.OpPivotRoot, Source: path}},
	)
	for _, then := range []nsctl.UnsharePropagation{nsctl.ThenPrivate, nsctl.ThenSlave, nsctl.ThenShared, nsctl.ThenUnchanged} {
		list = append(list, suggestion{"a new namespace, " + then.String(), nsctl.Op{Kind: nsctl.OpUnshare, Then: then}})
	}
	return append(list, suggestion{"a new namespace with a new owner", nsctl.Op{Kind: nsctl.OpUnshare, User: true}})
}
