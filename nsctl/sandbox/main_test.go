package sandbox_test

import (
	"os"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
)

func TestMain(m *testing.M) {
	if sandbox.Keeps(os.Args) {
		os.Exit(sandbox.Keep())
	}
	nstest.Main(m)
}

// store is an empty one.
func store(t testing.TB) *sandbox.Store {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	s, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// made makes a sandbox that ends with the test.
func made(t testing.TB, s *sandbox.Store, spec sandbox.Spec) *sandbox.Sandbox {
	t.Helper()
	if os.Geteuid() != 0 && spec.In == "" {
		spec.UserNS = true
	}
	b, err := s.New(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
