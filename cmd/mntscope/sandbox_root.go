package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/x/term"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/unpack"
	"mntscope/ui"
)

// rootFrom finds out what root file system is meant: the built-in one, a directory, or an
// archive, of which progress is told how far it is unpacked.
func rootFrom(path string, devices unpack.DevicePolicy, progress func(string)) (sandbox.Root, error) {
	if path == ui.BuiltinRoot {
		return sandbox.Builtin(), nil
	}
	path, err := filepath.Abs(withHome(path))
	if err != nil {
		return sandbox.Root{}, fmt.Errorf("the working directory cannot be told: %w; give an absolute path", reason(err))
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return sandbox.Root{}, fmt.Errorf("the root %s: %w", nsctl.Printable(path), reason(err))
	case info.IsDir():
		return sandbox.Root{Dir: path}, nil
	case !info.Mode().IsRegular():
		return sandbox.Root{}, fmt.Errorf("the root %s is neither a directory nor a tarball", nsctl.Printable(path))
	}
	return sandbox.Tarball(path, devices, func(p unpack.Progress, total int64) {
		if progress != nil {
			progress(howFar(p, total))
		}
	}), nil
}

// howFar says how far an archive is unpacked.
func howFar(p unpack.Progress, total int64) string {
	percent := int64(100)
	if total > 0 {
		percent = p.Read * 100 / total
	}
	return fmt.Sprintf("unpacked %d %% (%.1f MB, %d entries)", percent, float64(p.Written)/1e6, p.Entries)
}

// progressOn shows on a terminal how far something is, in one line that ends with done.
func progressOn(out *os.File) (progress func(string), done func()) {
	if !term.IsTerminal(out.Fd()) {
		return nil, func() {}
	}
	const wipe = "\r\x1b[K"
	return func(text string) { _, _ = io.WriteString(out, wipe+text) }, // who has no terminal any more sees nothing
		func() { _, _ = io.WriteString(out, wipe) }
}

// devicesFrom reads what --devices says.
func devicesFrom(word string) (unpack.DevicePolicy, error) {
	policy, ok := map[string]unpack.DevicePolicy{"refuse": unpack.RefuseDevices, "skip": unpack.SkipDevices, "make": unpack.MakeDevices}[word]
	if !ok {
		return 0, usagef("--devices is refuse, skip or make, not %q", word)
	}
	return policy, nil
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

// rootOf says what the command line's root is, and checks what belongs to it.
func (n *newSandbox) rootOf(progress func(string)) error {
	switch {
	case n.root == "" && n.spec.Steps != sandbox.AllSteps:
		return usagef("--steps are those to a root file system; give one with --root")
	case n.spec.Steps < sandbox.AllSteps:
		return usagef("--steps %d is no number of steps", n.spec.Steps)
	case n.root == "" && n.chown:
		return usagef("--chown is for the files of a root file system; give one with --root")
	case n.chown && n.spec.User == "":
		return usagef("--chown gives files to the user of --user")
	case n.root == "":
		return nil
	}
	devices, err := devicesFrom(n.devices)
	if err != nil {
		return err
	}
	n.spec.Root, err = rootFrom(n.root, devices, progress)
	if err != nil {
		return err
	}
	if n.spec.Root.Dir != "" && n.chown {
		return usage(errors.New("--chown is for files that are unpacked: those of a directory stay whose they are"))
	}
	n.spec.Root.Chown = n.chown
	return nil
}
