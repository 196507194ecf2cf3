package ui

import (
	"strconv"
	"strings"
	"time"

	"mntscope/nsctl"
)

// scene is a small host in which everything occurs that the screens can show.
func scene() *nsctl.Snapshot {
	root := uint32(0)
	user := uint32(1000)
	return &nsctl.Snapshot{
		Format: nsctl.Format, Version: nsctl.Version,
		Taken:    time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC),
		Host:     nsctl.Host{Name: "debian", Kernel: "6.18.44", BootID: "b"},
		Observer: nsctl.Observer{PID: 900, NS: 4026531832},
		Namespaces: []nsctl.Namespace{
			{
				NamespaceInfo: nsctl.NamespaceInfo{
					NS: 4026531832, NSID: 1, Kind: nsctl.KindInitial, Name: "host", OwnerUserNS: 4026531837, OwnerUID: &root, ProcessCount: 143,
					Processes: []nsctl.Process{{PID: 1, Comm: "systemd", Cgroup: "/init.scope"}, {PID: 421, Comm: "sshd", Cgroup: "/system.slice/ssh.service"}},
					HeldBy:    []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 1}},
				},
				Mounts: hostMounts(),
			},
			{
				NamespaceInfo: nsctl.NamespaceInfo{NS: 4026531862, NSID: 2, Kind: nsctl.KindKernel, Name: "kdevtmpfs", OwnerUserNS: 4026531837, OwnerUID: &root, ProcessCount: 1,
					Processes: []nsctl.Process{{PID: 27, Comm: "kdevtmpfs"}}, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 27}}},
				Mounts: []nsctl.Mount{mount(70, 70, "/", "devtmpfs", "devtmpfs", "")},
			},
			{
				NamespaceInfo: nsctl.NamespaceInfo{NS: 4026532201, NSID: 11, Kind: nsctl.KindService, Name: "systemd-resolved.service", OwnerUserNS: 4026531837, OwnerUID: &root, ProcessCount: 1,
					Processes: []nsctl.Process{{PID: 512, Comm: "systemd-resolve", Cgroup: "/system.slice/systemd-resolved.service"}}, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 512}}},
				Mounts: copies(hostMounts()[:6], 200, 100, false),
			},
			{
				NamespaceInfo: nsctl.NamespaceInfo{NS: 4026532410, NSID: 14, Kind: nsctl.KindContainer, Name: "web", OwnerUserNS: 4026531837, OwnerUID: &root, ProcessCount: 7,
					Container: &nsctl.Container{Manager: "podman", ID: "3f2a9c0d11e84b7f9d5dbe6b4f2a9c0d11e84b7f9d5dbe6b", Name: "web"},
					Processes: []nsctl.Process{{PID: 4711, Comm: "nginx"}, {PID: 4712, Comm: "nginx"}}, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 4711}}},
				Mounts: webMounts(),
			},
			{
				NamespaceInfo: nsctl.NamespaceInfo{NS: 4026532533, NSID: 15, Kind: nsctl.KindContainer, Name: "db", OwnerUserNS: 4026532530, OwnerUID: &user, ProcessCount: 3,
					Processes: []nsctl.Process{{PID: 5120, Comm: "postgres"}}, HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: 5120}, {Kind: nsctl.HeldByFD, PID: 900, Path: "/proc/900/fd/7"}}},
				Mounts: dbMounts(),
			},
			{
				NamespaceInfo: nsctl.NamespaceInfo{NS: 4026532690, NSID: 19, Kind: nsctl.KindOther, Name: "", OwnerUserNS: 4026531837, OwnerUID: &root,
					HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByBind, Path: "/run/ns/pinned", NS: 4026531832}}},
				Mounts: hostileMounts(),
			},
		},
		Gaps: []nsctl.Gap{
			{PID: 77, What: "fds", Error: "EACCES", Message: "cannot list the open files of process 77: permission denied"},
			{NS: 4026532690, What: "owner", Error: "EPERM", Message: "cannot read who owns mnt:[4026532690]: operation not permitted"},
		},
	}
}

// mount makes one from the kernel's notation of its propagation.
func mount(id, parent nsctl.MountID, at, fstype, source, propagation string) nsctl.Mount {
	m := nsctl.Mount{
		ID: nsctl.UniqueID(id) + 2147483648, MntID: id, ParentID: parent, Root: "/", Mountpoint: at, FSType: fstype, Source: source,
		Dev: nsctl.Dev{Minor: uint32(id)}, Options: "rw,relatime", SuperOptions: "rw",
	}
	for field := range strings.FieldsSeq(propagation) {
		name, number, _ := strings.Cut(field, ":")
		group, err := strconv.Atoi(number)
		switch {
		case name == "shared" && err == nil:
			m.Propagation.Shared = nsctl.GroupID(group)
		case name == "master" && err == nil:
			m.Propagation.Master = nsctl.GroupID(group)
		case field == "unbindable":
			m.Propagation.Unbindable = true
		default:
			panic(propagation)
		}
	}
	return m
}

func hostMounts() []nsctl.Mount {
	list := []nsctl.Mount{
		mount(26, 1, "/", "ext4", "/dev/vda1", "shared:1"),
		mount(27, 26, "/proc", "proc", "proc", "shared:12"),
		mount(28, 26, "/sys", "sysfs", "sysfs", "shared:7"),
		mount(29, 28, "/sys/fs/cgroup", "cgroup2", "cgroup2", "shared:8"),
		mount(30, 26, "/dev", "devtmpfs", "udev", "shared:2"),
		mount(31, 26, "/run", "tmpfs", "tmpfs", "shared:5"),
		mount(32, 31, "/run/ns", "tmpfs", "tmpfs", ""),
		mount(33, 32, "/run/ns/pinned", "nsfs", "nsfs", ""),
		mount(34, 26, "/data", "ext4", "/dev/vdb1", "shared:40"),
		mount(35, 34, "/data/backup", "ext4", "/dev/vdc1", "shared:41"),
		mount(36, 26, "/mnt", "tmpfs", "scratch", "unbindable"),
		mount(37, 26, "/srv", "ext4", "/dev/vda1", "shared:1"),
		mount(38, 26, "/var/lib/images", "ext4", "/dev/vdd1", "master:99"),
		mount(39, 34, "/data", "tmpfs", "cover", "shared:44"),
	}
	list[9].HiddenBy, list[8].HiddenBy = 39, 39
	list[11].Root, list[11].Dev = "/srv", list[0].Dev
	return list
}

// copies are mounts as another namespace has them: as peers, or as slaves.
func copies(from []nsctl.Mount, id, group nsctl.GroupID, slaves bool) []nsctl.Mount {
	list := append([]nsctl.Mount{}, from...)
	for i := range list {
		m := &list[i]
		m.MntID += nsctl.MountID(id)
		m.ParentID += nsctl.MountID(id)
		m.ID += nsctl.UniqueID(id)
		if m.Propagation.Shared != 0 {
			m.Propagation.Master = m.Propagation.Shared
			m.Propagation.Shared += group
			if slaves {
				m.Propagation.Shared = 0
			}
		}
	}
	return list
}

func webMounts() []nsctl.Mount {
	list := []nsctl.Mount{
		mount(400, 1, "/", "overlay", "overlay", ""),
		mount(401, 400, "/proc", "proc", "proc", ""),
		mount(402, 400, "/dev", "tmpfs", "tmpfs", ""),
		mount(403, 400, "/data", "ext4", "/dev/vdb1", "master:40"),
		mount(404, 403, "/data/backup", "ext4", "/dev/vdc1", "master:41"),
		mount(405, 400, "/etc/resolv.conf", "tmpfs", "tmpfs", ""),
	}
	list[3].Dev, list[4].Dev = nsctl.Dev{Minor: 34}, nsctl.Dev{Minor: 35}
	list[5].Root = "/containers/3f2a9c0d/resolv.conf"
	return list
}

func dbMounts() []nsctl.Mount {
	list := []nsctl.Mount{
		mount(500, 1, "/", "overlay", "overlay", ""),
		mount(501, 500, "/proc", "proc", "proc", ""),
		mount(502, 500, "/var/lib/postgres", "ext4", "/dev/vdb1", "shared:40"),
		mount(503, 500, "/backup", "ext4", "/dev/vdc1", ""),
	}
	list[2].Dev, list[2].Root = nsctl.Dev{Minor: 34}, "/postgres"
	list[3].Dev = nsctl.Dev{Minor: 35}
	return list
}

// hostileMounts have names that would do harm if they were written as they are.
func hostileMounts() []nsctl.Mount {
	return []nsctl.Mount{
		mount(600, 1, "/", "ext4", "/dev/vda1", "master:1"),
		mount(601, 600, "/a b\nc\td", "tmpfs", "-", ""),
		mount(602, 600, "/\x1b[31mred\x1b]0;title\x07", "tmp\x1bfs", "\x9b31m", ""),
		mount(603, 600, "/rtl\u202egnp.exe", "tmpfs", "", ""),
		mount(604, 600, "/bad\xff\xfeutf8", "tmpfs", "x\xff", ""),
		mount(605, 600, "/日本語/データ", "tmpfs", "tmpfs", ""),
		mount(610, 600, "/हिन्दी/👍🏽/\u1100\u1161\u11a8", "tmpfs", "tmpfs", ""),
		mount(606, 600, `/back\slash`, "tmpfs", "tmpfs", ""),
		mount(607, 607, "/own-parent", "tmpfs", "tmpfs", ""),
		mount(608, 609, "/loop-1", "tmpfs", "tmpfs", "shared:300 master:301"),
		mount(609, 608, "/loop-2", "tmpfs", "tmpfs", "shared:301 master:300"),
		mount(601, 4242, "/same-id", "tmpfs", "tmpfs", ""),
	}
}
