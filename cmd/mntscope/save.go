package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mntscope/nsctl"
)

// save writes a file whole or not at all: to a temporary file beside it, which
// then takes its name. A device or a pipe is written to directly.
func save(ctx context.Context, path string, encode func(io.Writer) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		err = errors.New("it is a directory; name a file in it")
	case err == nil && !info.Mode().IsRegular():
		err = saveInto(ctx, path, encode)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		err = saveBeside(ctx, path, encode)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", nsctl.Printable(path), reason(err))
	}
	return nil
}

func saveInto(ctx context.Context, path string, encode func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the user names the file
	if err != nil {
		return err
	}
	return errors.Join(encode(&cancelWriter{ctx, file}), file.Close())
}

func saveBeside(ctx context.Context, path string, encode func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays a link
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".mntscope-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = encode(&cancelWriter{ctx, file})
	if err == nil {
		err = file.Sync() // before the rename, or a crash could leave an empty file
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// cancelWriter fails once its context has ended.
type cancelWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *cancelWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
