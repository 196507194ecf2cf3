package ui

import (
	"context"

	"mntscope/nsctl/graph"
	"mntscope/nsctl/sandbox"
)

// Sandboxes tells of the user's sandboxes. It is called by commands, several at once.
type Sandboxes interface {
	// List tells of all. What it cannot read it leaves out, and says in the error.
	List(ctx context.Context) ([]sandbox.Info, error)
	// Steps lists the steps of one to its root.
	Steps(ctx context.Context, name string) ([]sandbox.Step, error)
}

// Workshop makes sandboxes, and does something with them. A read-only explorer has none.
type Workshop interface {
	// Privileged says that the user needs no user namespace, and may enter any namespace.
	Privileged() bool
	// Make makes one, and tells meanwhile how far it is. It ends with the explorer, unless it is
	// to be kept. If ctx ends before it is there, nothing is left of it.
	Make(ctx context.Context, wanted NewSandbox, progress func(string)) (*sandbox.Info, error)
	// Step takes a step, the next one if it has no name. An error says that it could not be asked for.
	Step(ctx context.Context, name, step string) (*sandbox.Taken, error)
	// Remove ends one, and all that were made in it.
	Remove(ctx context.Context, name string) error
	// RemoveStale removes what is left of those whose keeper has died, and gives their names.
	RemoveStale(ctx context.Context) ([]string, error)
	// Shell runs the user's shell on the terminal, which is the shell's until then, and gives its
	// exit status.
	Shell(ctx context.Context, where Where) (status int, err error)
	// Paths gives the directories and tarballs that a path can be completed to.
	Paths(ctx context.Context, begun string) []string
}

// Where is where a shell is opened.
type Where struct {
	Sandbox string // by name, if it is one of the user's
	// Host and NS are a state of the host, and the namespace's position in it.
	Host *graph.Graph
	NS   int
}

// NewSandbox is what a new sandbox is to be like.
type NewSandbox struct {
	sandbox.Spec // but for its root
	// RootFrom is the path of a directory or a tarball, [BuiltinRoot], or empty for the tree
	// as it is copied.
	RootFrom string
}

// BuiltinRoot names the root file system that is in the program.
const BuiltinRoot = "builtin"
