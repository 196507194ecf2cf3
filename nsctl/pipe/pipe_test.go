package pipe_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/pipe"
)

func TestMain(m *testing.M) { nstest.Main(m) }

// abandoned waits in the background.
func abandoned(ctx context.Context, f *os.File) <-chan error {
	done := make(chan error, 1)
	go func() { done <- pipe.Abandoned(ctx, f) }()
	return done
}

// ends gives the two ends of what is read and written.
func ends(t *testing.T, kind string) (reader, writer *os.File) {
	t.Helper()
	var err error
	switch kind {
	case "pipe":
		reader, writer, err = os.Pipe()
	case "FIFO":
		name := filepath.Join(t.TempDir(), "fifo")
		if err = syscall.Mkfifo(name, 0o600); err != nil {
			break
		}
		if reader, err = os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			writer, err = os.OpenFile(name, os.O_WRONLY, 0)
		}
	case "socket":
		var fds [2]int
		if fds, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err == nil {
			reader, writer = os.NewFile(uintptr(fds[0]), kind), os.NewFile(uintptr(fds[1]), kind)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = reader.Close() // the test may have done it
		_ = writer.Close()
	})
	return reader, writer
}

func TestAbandoned(t *testing.T) {
	for _, kind := range []string{"pipe", "FIFO", "socket"} {
		t.Run(kind, func(t *testing.T) {
			reader, writer := ends(t, kind)
			if _, err := writer.WriteString("unread"); err != nil { // changes nothing
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := abandoned(ctx, writer)
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("while there is a reader: %v", err)
			}
			done = abandoned(t.Context(), writer)
			if err := reader.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Errorf("when the reader has gone: %v", err)
			}
			if err := pipe.Abandoned(t.Context(), writer); err != nil {
				t.Errorf("long after it has gone: %v", err)
			}
		})
	}
}

// What has no reader is never abandoned.
func TestNeverAbandoned(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, f := range []*os.File{file, null} {
		ctx, stop := context.WithCancel(t.Context())
		done := abandoned(ctx, f)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := pipe.Abandoned(t.Context(), file); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v", err)
	}
}
