package keeper

import (
	"os"

	"mntscope/nsctl/internal/sys"
)

// start starts the keeper of a sandbox inside this one. How it fares is told on its own
// control socket.
func (k *keeper) start(peer *Conn, s *Start, files []int) error {
	if len(files) != fdDirectory-fdControl+1 {
		return &Failure{Text: "a keeper needs its four descriptors"}
	}
	const known = sys.NewMountNS | sys.NewUserNS | sys.NewPIDNS | sys.NewUTSNS | sys.NewIPCNS | sys.NewNetNS | sys.NewCgroupNS
	if s.Namespaces&^uintptr(known) != 0 || s.Namespaces&sys.NewMountNS == 0 {
		return &Failure{Text: "namespaces that a sandbox does not have"}
	}
	child := sys.Child{
		Path: Link, // below the working directory, which is a /proc
		Argv: []string{Name, s.Sandbox}, Env: os.Environ(),
		Files:      append([]int{0, 1, 2}, files...), // its own, which are /dev/null: a root need not have one
		Namespaces: s.Namespaces,
		Capable:    s.Capable,
		Session:    true,
	}
	_, _, err := k.children.start(child)
	if sys.NotFound(err) { // the root has no /proc, where the link leads to
		child.Path = "self/exe"
		_, _, err = k.children.start(child)
	}
	if sys.NotFound(err) { // the program itself is there: it is being run
		return &Failure{Text: "its root has no libraries for mntscope to start with; build mntscope with CGO_ENABLED=0 go install ./cmd/mntscope"}
	}
	if err != nil {
		return err
	}
	return peer.Send(Message{Started: true})
}
