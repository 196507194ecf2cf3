package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
)

func TestSnapshotCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host.json")
	mntscope(t, "snapshot", "-o", path).wantOutput(t, "", "")
	snapshot, err := load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(snapshot.Namespaces) == 0 || snapshot.Observer.NS == 0 {
		t.Errorf("the snapshot of this host has %d namespaces, observer %+v", len(snapshot.Namespaces), snapshot.Observer)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, want only its owner to read it (%v)", info, err)
	}
	for _, args := range [][]string{{"snapshot"}, {"snapshot", "-o", "-"}, {"snapshot", "-o", "/dev/stdout"}} {
		r := mntscope(t, args...)
		if _, err := nsctl.Decode(strings.NewReader(r.out)); err != nil || r.err != "" {
			t.Errorf("%v: %v, standard error %q", args, err, r.err)
		}
	}
}

func TestSnapshotCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ name, path, want string }{
		{"a directory", dir, "is a directory"},
		{"a directory that is missing", filepath.Join(dir, "no", "file"), "no such file or directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, "snapshot", "-o", tc.path).wantFailure(t, exitFailed, "cannot write", tc.want)
		})
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"snapshot"}, {"ns"}, {"ns", "--json"}, {"mounts"}, {"peers"}, {"peers", "--dot"}} {
		cmd := program(t, args...)
		cmd.Stdout = full
		finished(t, cmd).wantFailure(t, exitFailed, "cannot write to standard output: no space left on device")
	}
}

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestSaveReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil { //nolint:gosec // the mode is what is tested
		t.Fatal(err)
	}
	want := func(text string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("the file has %q, want %q (%v)", got, text, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("left in the directory: %v %v", entries, err)
		}
	}
	broken := errors.New("broken")
	fails := func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	}
	if err := save(t.Context(), path, fails); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	want("old")

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := save(ended, path, write("new")); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	want("old")

	if err := save(t.Context(), path, write("new")); err != nil {
		t.Error(err)
	}
	want("new")
}

func TestSaveFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(target, []byte("old"), 0o600), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	if err := save(t.Context(), link, write("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "new" {
		t.Errorf("the target has %q (%v)", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v (%v)", info, err)
	}
}

// A pipe stands for everything that is no regular file. It is one of our own: were a
// device of the machine's named here, a mistake in save could replace it.
func TestSaveIntoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	read := func(most int64) {
		file, err := os.Open(path)
		if err != nil {
			got <- err.Error()
			return
		}
		defer file.Close()
		text, _ := io.ReadAll(io.LimitReader(file, most))
		got <- string(text)
	}
	go read(1 << 20)
	if err := save(t.Context(), path, write("new")); err != nil {
		t.Error(err)
	}
	if text := <-got; text != "new" {
		t.Errorf("the reader got %q", text)
	}
	go read(1)
	if err := save(t.Context(), path, write(strings.Repeat("x", 1<<20))); err == nil || !strings.Contains(err.Error(), "cannot write "+path+": broken pipe") {
		t.Errorf("the error is %v", err)
	}
	<-got
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is now %v (%v)", info, err)
	}
}

func TestReaderThatGoesAway(t *testing.T) {
	for _, args := range [][]string{{"snapshot"}, {"mounts"}, {"ns", "--json"}} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		cmd := program(t, args...)
		cmd.Stdout = writer
		r := finished(t, cmd)
		writer.Close()
		if r.err != "" {
			t.Errorf("%v: complains %q", args, r.err)
		}
		// SIGPIPE, as any other filter.
		if !bytes.Contains([]byte(cmd.ProcessState.String()), []byte("broken pipe")) {
			t.Errorf("%v: ended with %v", args, cmd.ProcessState)
		}
	}
}
