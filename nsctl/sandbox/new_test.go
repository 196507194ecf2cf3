package sandbox_test

import (
	"testing"

	"mntscope/nsctl/sandbox"
)

func TestNewAndClose(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{})
	t.Logf("%+v", b.Info)
	all, err := s.List()
	t.Log(all, err)
}
