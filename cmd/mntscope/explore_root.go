package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui"
)

// rootFrom finds out what root file system is meant.
func rootFrom(path string, _ func(string)) (sandbox.Root, error) {
	if path == ui.BuiltinRoot {
		return sandbox.Root{}, errors.New("this program has no root built in; give the path of a directory")
	}
	dir, err := filepath.Abs(withHome(path))
	if err != nil {
		return sandbox.Root{}, fmt.Errorf("the working directory cannot be told: %w; give an absolute path", reason(err))
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return sandbox.Root{}, fmt.Errorf("the root %s: %w; tab completes a path", nsctl.Printable(dir), reason(err))
	case !info.IsDir():
		return sandbox.Root{}, fmt.Errorf("the root %s is not a directory", nsctl.Printable(dir))
	}
	return sandbox.Root{Dir: dir}, nil
}

// withHome puts the user's home in place of a ~.
func withHome(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return home + path[1:]
		}
	}
	return path
}
