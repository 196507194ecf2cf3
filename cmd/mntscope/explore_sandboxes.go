package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/unpack"
	"mntscope/ui"
)

// boxes are the user's sandboxes, for the explorer. Their place is made when the first sandbox
// is: who only looks leaves nothing behind.
type boxes struct {
	mu    sync.Mutex
	store *sandbox.Store // nil until it is needed
	made  []*sandbox.Sandbox
	under sync.WaitGroup // what is being made
	ended bool           // nothing more is made
}

// open opens the place of the sandboxes. If there is none, it is made if it is needed, else nil.
func (b *boxes) open(needed bool) (*sandbox.Store, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.store != nil {
		return b.store, nil
	}
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) && !needed {
		return nil, nil
	}
	b.store, err = sandbox.Open(dir)
	return b.store, err
}

// List implements ui.Sandboxes.
func (b *boxes) List(context.Context) ([]sandbox.Info, error) {
	s, err := b.open(false)
	if s == nil {
		return nil, err
	}
	return s.List()
}

// Steps implements ui.Sandboxes.
func (b *boxes) Steps(_ context.Context, name string) ([]sandbox.Step, error) {
	s, err := b.open(true)
	if err != nil {
		return nil, err
	}
	return s.Steps(name)
}

// close ends the sandboxes that were made here, but for those that are kept.
func (b *boxes) close() error {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.under.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	var failed []error
	for _, s := range slices.Backward(b.made) { // those that were made in others first
		if err := s.Close(); err != nil && !errors.Is(err, sandbox.ErrUnknown) { // it was removed
			failed = append(failed, err)
		}
	}
	if b.store != nil {
		failed = append(failed, b.store.Close())
	}
	return errors.Join(failed...)
}

// workshop is what the explorer does with sandboxes, unless it is read-only.
type workshop struct{ *boxes }

// Privileged implements ui.Workshop.
func (workshop) Privileged() bool { return os.Geteuid() == 0 }

// Make implements ui.Workshop.
func (w workshop) Make(ctx context.Context, wanted ui.NewSandbox, progress func(string)) (*sandbox.Info, error) {
	if !w.begin() {
		return nil, context.Canceled
	}
	defer w.under.Done()
	s, err := w.open(true)
	if err != nil {
		return nil, err
	}
	spec := wanted.Spec
	if wanted.RootFrom != "" {
		if spec.Root, err = rootFrom(wanted.RootFrom, unpack.SkipDevices, progress); err != nil {
			return nil, err
		}
	}
	made, err := s.New(ctx, spec)
	if err != nil {
		return nil, err
	}
	if spec.Keep {
		return &made.Info, made.Close()
	}
	w.add(made)
	return &made.Info, nil
}

func (b *boxes) add(made *sandbox.Sandbox) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made = append(b.made, made)
}

// take gives the sandbox of a name that was made here, to be ended; nil if there is none.
func (b *boxes) take(name string) *sandbox.Sandbox {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.made, func(s *sandbox.Sandbox) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	made := b.made[i]
	b.made = slices.Delete(b.made, i, i+1)
	return made
}

// begin reports whether something may be made still: the explorer's commands may outlive it.
func (w workshop) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.under.Add(1)
	}
	return !w.ended
}

// Step implements ui.Workshop.
func (w workshop) Step(_ context.Context, name, step string) (*sandbox.Taken, error) {
	s, err := w.open(true)
	if err != nil {
		return nil, err
	}
	return s.Step(name, step)
}

// Remove implements ui.Workshop. One that was made here is a child, which has to be waited
// for.
func (w workshop) Remove(_ context.Context, name string) error {
	s, err := w.open(true)
	if err != nil {
		return err
	}
	if made := w.take(name); made != nil {
		return made.Close()
	}
	return s.Remove(name)
}

// RemoveStale implements ui.Workshop.
func (w workshop) RemoveStale(context.Context) ([]string, error) {
	s, err := w.open(true)
	if err != nil {
		return nil, err
	}
	return s.RemoveStale()
}

// Shell implements ui.Workshop.
func (w workshop) Shell(ctx context.Context, where ui.Where) (status int, err error) {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/" // it was removed
	}
	program := sandbox.Program{Env: os.Environ(), Dir: dir, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if where.Sandbox == "" {
		return sandbox.RunElsewhere(ctx, where.Host, where.NS, program)
	}
	s, err := w.open(true)
	if err != nil {
		return sandbox.StatusFailed, err
	}
	return s.Run(ctx, where.Sandbox, program)
}

// maxPaths bounds how many paths are offered.
const maxPaths = 200

// Paths implements ui.Workshop.
func (workshop) Paths(_ context.Context, begun string) []string {
	dir, name := filepath.Split(withHome(begun))
	at := dir
	if at == "" {
		at = "."
	}
	entries, _ := os.ReadDir(at) // what cannot be read offers nothing
	var paths []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || name == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := dir + e.Name()
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.IsDir():
			paths = append(paths, path+"/")
		case isTarball(e.Name()):
			paths = append(paths, path)
		}
		if len(paths) == maxPaths {
			break
		}
	}
	return paths
}

// isTarball goes by the name.
func isTarball(name string) bool {
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
