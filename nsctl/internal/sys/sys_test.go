package sys_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

func TestMain(m *testing.M) { nstest.Main(m) }

func own(t *testing.T) sys.NamespaceFile {
	t.Helper()
	file, err := sys.OpenNamespace("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(file.Close)
	return file
}

// need skips the test on kernels that lack what it tests, and only on those.
func need(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("this kernel is too old: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestNamespaceFile(t *testing.T) {
	file := own(t)
	number, err := file.Number()
	if err != nil {
		t.Fatal(err)
	}
	if link, _ := os.Readlink("/proc/self/ns/mnt"); link != "mnt:["+strconv.FormatInt(number, 10)+"]" {
		t.Errorf("number is %d, link says %s", number, link)
	}
	if !file.IsMountNamespace() {
		t.Error("own mount namespace is not taken for one")
	}
	info, err := file.MountNSInfo()
	need(t, err)
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(table), "\n"); int(info.Mounts) != lines {
		t.Errorf("the kernel counts %d mounts, mountinfo has %d", info.Mounts, lines)
	}
	if id, err := file.MountNSID(); err != nil || id != info.ID {
		t.Errorf("id is %d (%v), want %d", id, err, info.ID)
	}
}

func TestNamespaceFileOfAnotherKind(t *testing.T) {
	file, err := sys.OpenNamespace("/proc/self/ns/uts")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.IsMountNamespace() {
		t.Error("a uts namespace is taken for a mount namespace")
	}
	if _, err := file.MountNSInfo(); err == nil {
		t.Error("a uts namespace counts its mounts")
	}
}

func TestListMountsIsMountinfo(t *testing.T) {
	host := nstest.Host(t)
	info, err := own(t).MountNSInfo()
	need(t, err)
	_ = host
	ids, err := sys.ListMounts(info.ID, nil)
	need(t, err)
	paged := []uint64{} // a few at a time
	for {
		after, before := uint64(0), len(paged)
		if before > 0 {
			after = paged[before-1]
		}
		paged, err = sys.ListMountsAfter(info.ID, after, paged, 3)
		need(t, err)
		if len(paged) == before {
			break
		}
	}
	if !slices.Equal(ids, paged) {
		t.Errorf("listed at once %d, in parts %d", ids, paged)
	}
	var buf sys.StatBuffer
	table, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		stat, err := sys.StatMount(info.ID, ids[i], sys.StatMountBasic|sys.StatPoint, &buf)
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(line)
		if fields[0] != strconv.Itoa(int(stat.MountID())) || fields[1] != strconv.Itoa(int(stat.ParentID())) {
			t.Errorf("statmount says %d below %d, mountinfo %s", stat.MountID(), stat.ParentID(), line)
		}
	}
}

func TestStatMountGrowsItsBuffer(t *testing.T) {
	host := nstest.Host(t)
	deep := "/mnt"
	for range 20 {
		deep += "/" + strings.Repeat("d", 200)
		host.Must(t, nstest.Mkdir(deep))
	}
	host.Must(t, nstest.Tmpfs(deep))
	file, err := sys.OpenNamespace(host.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.MountNSInfo()
	need(t, err)
	ids, err := sys.ListMounts(info.ID, nil)
	need(t, err)
	var buf sys.StatBuffer
	stat, err := sys.StatMount(info.ID, ids[len(ids)-1], sys.StatPoint, &buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(stat.Point()); got != deep {
		t.Errorf("mount point has %d bytes, want %d", len(got), len(deep))
	}
}

func TestStatMountOfNothing(t *testing.T) {
	info, err := own(t).MountNSInfo()
	need(t, err)
	var buf sys.StatBuffer
	_, err = sys.StatMount(info.ID, 1<<62, sys.StatMountBasic, &buf)
	if !errors.Is(err, unix.ENOENT) || !sys.Gone(err) {
		t.Errorf("got %v, want ENOENT", err)
	}
}

func TestOpenMountNamespaceByID(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("opening a namespace by its id takes root")
	}
	file := own(t)
	info, err := file.MountNSInfo()
	need(t, err)
	number, err := file.Number()
	if err != nil {
		t.Fatal(err)
	}
	again, err := sys.OpenMountNamespaceByID(info.ID, uint64(number))
	if errors.Is(err, unix.EBADF) {
		t.Skip("this kernel has no handles of namespace files: they came with Linux 6.18")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, err := again.Number(); err != nil || got != number {
		t.Errorf("opened %d (%v), want %d", got, err, number)
	}
	if _, err := sys.OpenMountNamespaceByID(1<<62, uint64(number)); !errors.Is(err, unix.ESTALE) {
		t.Errorf("an id that nothing has gives %v, want ESTALE", err)
	}
}

func TestListMountNamespaces(t *testing.T) {
	ids, err := sys.ListMountNamespaces()
	need(t, err) // Linux 6.19
	info, err := own(t).MountNSInfo()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(ids, info.ID) {
		t.Errorf("%d is not among %d", info.ID, ids)
	}
}

func TestMountsChanged(t *testing.T) {
	host := nstest.Host(t)
	f, err := sys.Open(host.Proc("mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	expect := func(what string, want bool) {
		t.Helper()
		if got, err := f.MountsChanged(); err != nil || got != want {
			t.Errorf("%s: changed is %v (%v), want %v", what, got, err, want)
		}
	}
	expect("nothing happened", false)
	host.Must(t, nstest.Mkdir("/mnt/a"), nstest.Tmpfs("/mnt/a"))
	expect("a mount was made", true)
	expect("nothing happened since", false)
	host.Must(t, nstest.Umount("/mnt/a"))
	expect("it was unmounted", true)
}

func TestErrorsNameWhatFailed(t *testing.T) {
	_, err := sys.Open("/no/such/file")
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "open /no/such/file: no such file or directory" {
		t.Errorf("got %v", err)
	}
	if name := sys.ErrnoName(err); name != "ENOENT" {
		t.Errorf("named %q", name)
	}
	if name := sys.ErrnoName(errors.New("other")); name != "" {
		t.Errorf("named %q", name)
	}
}

func TestNamesListsEverything(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 1000 { // more than one getdents(2) holds
		name := strconv.Itoa(i) + strings.Repeat("x", i%200)
		want = append(want, name)
		if err := os.WriteFile(dir+"/"+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := sys.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var got []string
	if err := d.Names(func(name []byte) { got = append(got, string(name)) }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %d names, want %d", len(got), len(want))
	}
}

func TestFileID(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/other"))
	here, err := sys.PathID("/")
	if err != nil {
		t.Fatal(err)
	}
	of := func(path string) sys.FileID {
		t.Helper()
		id, err := sys.PathID(path)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if of("/proc/self/root") != here {
		t.Error("a process's root is not the root that it has")
	}
	if of(host.Proc("root")) != here {
		t.Error("the same directory has another identity in a copy of the namespace")
	}
	if of(host.Path("/mnt/other")) == of(host.Path("/mnt")) {
		t.Error("the roots of two filesystems have the same identity")
	}
	if _, err := sys.PathID("/no/such/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
