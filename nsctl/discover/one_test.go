package discover

import (
	"context"
	"errors"
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// ending is a context that ends when it has been asked so many times.
type ending struct {
	context.Context
	left int
}

func (e *ending) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// Nobody waits for the end of a long table who does not want it any more.
func TestReadingEndsWithItsContext(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("reading a namespace by its id takes root")
	}
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/s"))
	for range 11 {
		host.Must(t, nstest.Bind("/mnt/s", "/mnt/s"))
	}
	file, err := sys.OpenNamespace(host.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.MountNSInfo()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var r MountReader
	scanner := New(Options{})
	for name, read := range map[string]func(context.Context) error{
		"mount by mount": func(ctx context.Context) error {
			_, err := r.Mounts(ctx, nsctl.NSID(info.ID))
			return err
		},
		"page by page": func(ctx context.Context) error {
			_, _, err := scanner.Describe(ctx, file, []int{host.PID()})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := read(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx := &ending{t.Context(), 5}
			if err := read(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v", err)
			}
			if ctx.left < -8 {
				t.Errorf("it went on and asked %d times more", -ctx.left)
			}
		})
	}
}
