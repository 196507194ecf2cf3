package sys_test

import (
	"errors"
	"slices"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

func TestMountLocked(t *testing.T) {
	host := nstest.Host(t)
	at := func(name string) string { return nstest.Scratch + "/" + name }
	host.Must(t,
		nstest.Tmpfs(at("dir")), nstest.Touch(at("file")), nstest.Bind(at("file"), at("file")),
		nstest.Tmpfs(at("stack")), nstest.Tmpfs(at("stack")), nstest.Mkdir(at("plain")),
	)
	guest := host.Clone(t, nstest.User())
	guest.Must(t, nstest.Tmpfs(at("own")), nstest.Tmpfs(at("stack")))
	host.Must(t, nstest.Mkdir(at("late")), nstest.Tmpfs(at("late"))) // comes by propagation

	paths := []string{at("dir"), at("file"), at("stack"), at("late"), at("own")}
	want := []bool{true, true, false, false, false}
	before := guest.Mounts(t)
	for range 2 { // a mount that was marked as not used would be unmounted the second time
		got, err := guest.Locked(paths...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("locked are %v, want %v of %v", got, want, paths)
		}
	}
	if !slices.Equal(guest.Mounts(t), before) {
		t.Error("asking changed the mounts")
	}
	for i, path := range paths {
		if err := guest.Do(nstest.Umount(path)); (err != nil) != want[i] {
			t.Errorf("umount of %s: %v, but locked is %v", path, err, want[i])
		}
	}
	if got, err := guest.Locked(at("stack")); err != nil || !got[0] {
		t.Errorf("what was below: locked is %v (%v), want true", got, err)
	}
	for _, path := range []string{"/", at("plain"), at("nothing")} {
		if _, err := guest.Locked(path); err == nil {
			t.Errorf("%s is taken for a mount of which it can be told", path)
		}
	}
	if _, err := sys.MountLocked("/"); !errors.Is(err, sys.ErrOwnRoot) {
		t.Errorf("the own root: %v, want ErrOwnRoot", err)
	}
}
