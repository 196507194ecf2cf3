package miniroot

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/interp"
)

// workDir keeps the working directory of the process where the interpreter believes it to
// be. The interpreter has only a name, by which after a pivot_root, or a mount on top,
// there is another directory, or none: what is relative stays so.
type workDir struct {
	mu   sync.Mutex
	name string // what the interpreter calls the directory that the process is in
}

// hold goes to a directory if it is another than before, and does something there that
// must not be disturbed by a subshell which is elsewhere.
func (d *workDir) hold(name string, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name != d.name {
		err := os.Chdir(name) //nolint:forbidigo // the process is a shell, and nothing else
		if way, ok := d.relative(name); ok && errors.Is(err, fs.ErrNotExist) {
			err = os.Chdir(way) //nolint:forbidigo // the same
		}
		if err != nil {
			return err
		}
		d.name = name
	}
	return do()
}

// again is for a cd to the same name, which may be another directory by now. Where it is
// none, the cd fails and nothing has happened.
func (d *workDir) again(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if filepath.Clean(path) == d.name {
		_ = os.Chdir(d.name) //nolint:forbidigo // as in hold
	}
}

// relative gives the path from the working directory, where by its name that is above or
// below.
func (d *workDir) relative(path string) (string, bool) {
	within := func(dir, path string) bool {
		return dir == path || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
	}
	if !within(d.name, path) && !within(path, d.name) {
		return "", false
	}
	way, err := filepath.Rel(d.name, path)
	return way, err == nil
}

// find looks for a path that the interpreter has made absolute. Where there is none,
// it may have been meant relative to a directory that now has another name.
func find[T any](s *shell, dir, path string, look func(string) (T, error)) (T, error) {
	found, err := look(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	var again error
	going := s.dir.hold(dir, func() error {
		if way, ok := s.dir.relative(path); ok {
			found, again = look(way)
		} else {
			again = err
		}
		return nil
	})
	if going != nil {
		return found, err
	}
	return found, again
}

func (s *shell) stat(ctx context.Context, path string, follow bool) (fs.FileInfo, error) {
	look := os.Lstat
	if follow {
		look = os.Stat
	}
	return find(s, interp.HandlerCtx(ctx).Dir, path, look)
}

func (s *shell) readDir(ctx context.Context, path string) ([]fs.DirEntry, error) {
	return find(s, interp.HandlerCtx(ctx).Dir, path, os.ReadDir)
}

func (s *shell) access(ctx context.Context, path string, mode interp.AccessMode) error {
	may := interp.DefaultAccessHandler()
	_, err := find(s, interp.HandlerCtx(ctx).Dir, path, func(path string) (struct{}, error) {
		return struct{}{}, may(ctx, path, mode)
	})
	return err
}

// open opens the file of a redirection. Opening a FIFO can take for ever, and so is not
// done where others wait.
func (s *shell) open(ctx context.Context, path string, flags int, mode os.FileMode) (io.ReadWriteCloser, error) {
	dir := interp.HandlerCtx(ctx).Dir
	if !filepath.IsAbs(path) {
		if err := s.dir.hold(dir, func() error { return nil }); err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
	return os.OpenFile(path, flags, mode)
}
