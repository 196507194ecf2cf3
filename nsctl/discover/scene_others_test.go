package discover

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestHoldersOfALayer(t *testing.T) {
	host := nstest.Host(t)
	testedFS(t, host)
	host.Must(t, nstest.Mkdir("/mnt/fs/lo:w,er"), nstest.Mkdir("/mnt/lower"), nstest.Mkdir("/mnt/over"))
	err := host.Do(nstest.Mount("overlay", "/mnt/over", "overlay", 0, `lowerdir=/mnt/fs/lo\:w\,er:/mnt/lower`))
	if err != nil {
		nstest.Unavailable(t, fmt.Sprintf("no overlay can be mounted here: %v", err))
	}
	h := held(t, host, "/mnt/fs")
	if len(h.Others) != 1 || h.Others[0].Kind != nsctl.OtherOverlay || h.Others[0].Path != "/mnt/fs/lo:w,er" || *h.Others[0].Dev != devAt(t, host, "/mnt/over") {
		t.Errorf("%+v", h.Others)
	}
}

func TestHoldersOfALoopDevice(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Make("rprivate", "/"))
	testedFS(t, host)
	host.Must(t, nstest.Mkdir("/mnt/disk"))
	image, err := os.Create(host.Path("/mnt/fs/image"))
	if err == nil {
		err = image.Truncate(4 << 20)
		image.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := host.Run("losetup", "-f", "--show", "/mnt/fs/image")
	if err != nil {
		t.Skipf("no loop device can be made here: %v %s", err, out)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		_, _ = host.Run("umount", "-l", "/mnt/disk")
		if out, err := host.Run("losetup", "-d", device); err != nil {
			t.Errorf("losetup -d %s: %v %s", device, err, out)
		}
	})
	h := held(t, host, "/mnt/fs")
	if len(h.Others) != 1 || h.Others[0].Kind != nsctl.OtherLoop || "/dev/"+h.Others[0].Device != device {
		t.Errorf("%+v", h.Others)
	}
	number := *h.Others[0].Dev

	fd := host.Open(t, device)
	wantUses(t, heldDev(t, number), host.PID(), use{how: nsctl.UseDevice, path: device, fd: fd})

	if out, err := host.Run("sh", "-c", "PATH=$PATH:/sbin:/usr/sbin; mkfs.ext4 -q "+device); err != nil {
		t.Skipf("no filesystem can be made here: %v %s", err, out)
	}
	host.Must(t, nstest.Mount(device, "/mnt/disk", "ext4", 0, ""))
	user := host.Fork(t)
	user.Open(t, "/mnt/disk")
	host.Must(t, nstest.Detach("/mnt/disk"))
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if dev, err := FindFilesystem(t.Context(), s, device); err != nil || dev != number {
		t.Errorf("%s is %v, %v; want %v", device, dev, err, number)
	}
	h = heldDev(t, number)
	if len(h.Others) != 1 || h.Others[0].Kind != nsctl.OtherSuperblock || !strings.HasPrefix(h.Others[0].Path, "/sys/fs/ext4/loop") {
		t.Errorf("the kernel has it mounted, but: %+v", h.Others)
	}
	if uses := usesOf(h, user.PID()); len(uses) != 1 || !uses[0].detached {
		t.Errorf("%+v", uses)
	}
}
