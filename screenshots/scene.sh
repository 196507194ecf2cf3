#!/bin/sh
# A host with containers, made of nothing but namespaces. It needs no privileges,
# changes no mount of the machine, and is gone when the command ends:
#
#	sh screenshots/scene.sh mntscope snapshot     runs a command on the host
#	sh screenshots/scene.sh                       opens a shell there
#
# The disks and servers that things are mounted from are names only: every
# filesystem is a tmpfs, an overlay, proc or devpts.
set -eu

# --- The machine that the host is a guest of -------------------------------------
# The host cannot see its namespace, so what the host receives from it comes from a
# peer group without a visible member.

machine() {
	mount -t tmpfs -o size=1m tmpfs /mnt
	mkdir /mnt/nas /mnt/host
	disk nas:/export /mnt/nas
	mount --make-shared /mnt/nas
	ROLE=install unshare --user --map-root-user --mount --pid --fork --kill-child --uts --ipc \
		--propagation unchanged sh "$SCENE" "$@"
}

# --- The host ----------------------------------------------------------------------

host() {
	cd /root
	mounts_at_boot
	containers
	mounts_afterwards
	[ -z "${HAPPENS:-}" ] || happens &
	command=${1:-sh}
	[ $# = 0 ] || shift
	PS1='demo# ' "${command##*/}" "$@"
}

install() {
	mount -t tmpfs -o size=128m,mode=755 /dev/nvme0n1p2 /mnt/host
	cd /mnt/host
	mkdir -p bin lib64 dev proc run root tmp srv home media/usb mnt/nas opt/app var/lib/containers var/lib/images/base .old
	for tool in sh sleep cat mount umount mkdir touch ln ls ps rm rmdir unshare nsenter pivot_root mkfifo hostname sha256sum findmnt grep realpath pidof "${1:-sh}"; do
		install_tool "$(command -v "$tool")"
	done
	for shell in init conmon debugger; do ln -s sh bin/$shell; done
	cp "$SCENE" scene.sh
	mkdir -p usr lib
	cp -a bin lib lib64 usr scene.sh var/lib/images/base
	(cd var/lib/images/base && mkdir dev proc tmp data host .old)
	mount -t proc proc proc
	mount -t tmpfs -o size=1m,mode=755 udev dev
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance devpts dev/pts
	touch dev/null
	mount --bind /dev/null dev/null
	mount --bind /mnt/nas mnt/nas
	pivot_root . .old
	umount -l /.old
	rmdir /.old
	hostname demo
	ROLE=host exec init /scene.sh "$@"
}

# install_tool FILE copies a program with the libraries that it is linked with.
install_tool() {
	cp "$1" bin/
	for library in $(ldd "$1" 2>&1 | grep -o '/[^ ]*'); do
		mkdir -p ".${library%/*}"
		cp -n "$library" ".$library"
	done
}

mounts_at_boot() {
	mount --make-rshared /
	disk /dev/sda1 /home
	disk /dev/sdb1 /srv
	mkdir /srv/data /srv/archive
	disk tmpfs /run
	disk /dev/sdc1 /media/usb
	disk /dev/sdd1 /media/usb # hides the first stick
	mkdir /opt/app/plugins
	disk plugins /opt/app/plugins
	disk app-2.0 /opt/app # hides the plugins of the old version
	disk /dev/sdb2 /var/lib/containers
	mount --make-unbindable /var/lib/containers
	mkfifo /run/ready
	mkdir /run/ns
	disk tmpfs /run/ns
	mount --make-private /run/ns # namespace files can only be mounted where nothing is sent
}

disk() { mount -t tmpfs -o size=1m "$1" "$2"; }

containers() {
	podman web nginx
	podman db postgres
	podman backup restic
	podman ci runner
	crio k8s_app_cart-7d4f9_shop_0_0 pod gunicorn
	podman tenant node
	service
	rootless
	pinned
	opened
}

# A service with directories of its own.
service() {
	ln -s sleep /bin/chronyd
	spawn unshare --mount --propagation slave sh -c 'mount -t tmpfs -o size=1m tmpfs /tmp; echo >/run/ready; exec chronyd infinity'
}

# An ordinary user's sandbox: its mounts only receive, whatever they are on the host.
rootless() {
	ln -s sleep /bin/buildah
	spawn unshare --user --map-root-user --mount --propagation unchanged sh -c 'echo >/run/ready; exec buildah infinity'
}

# A namespace without a process, held by a mount of its file.
pinned() {
	touch /run/ns/maintenance
	for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		spawn unshare --mount --propagation private sh -c 'echo >/run/ready; exec sleep infinity'
		pinned=$(mount --bind "/proc/$!/ns/mnt" /run/ns/maintenance 2>&1) && pinned=yes
		kill $!
		[ "$pinned" != yes ] || return 0
	done # refused where the kernel numbered the new namespace before the host's: it takes some attempts
	echo "$pinned" >&2
	exit 1
}

# One held by a descriptor only.
opened() {
	spawn unshare --mount --propagation slave sh -c 'mount -t tmpfs -o size=1m core-dumps /tmp; echo >/run/ready; exec sleep infinity'
	crashed=$!
	mkfifo /run/never
	spawn debugger -c "exec 9</proc/$crashed/ns/mnt; echo >/run/ready; read forever </run/never"
	kill $crashed
}

mounts_afterwards() {
	mkdir /srv/data/photos
	disk /dev/sde1 /srv/data/photos # reaches web, backup and ci, but not db
	disk tape0 /srv/archive         # no container has this directory
}

# happens does what a recording shows, while the command runs.
happens() {
	mkdir /srv/data/music /run/ns/scratch
	sleep 3
	disk /dev/sdf1 /srv/data/music # reaches web, backup and ci, but not db
	sleep 0.7
	nsenter --target "$(pidof restic)" --mount mount -t tmpfs -o size=1m vault /data/photos # comes back to the host
	sleep 0.5
	umount /media/usb
	sleep 0.4
	mount --make-private /home
	sleep 0.3
	mount -o remount,ro /srv/archive
	sleep 0.3
	nsenter --target "$(pidof postgres)" --mount umount /dev/shm
	sleep 0.3
	unshare --mount sleep 0
	sleep 0.3
	for disc in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		disk "cd$disc" /run/ns/scratch
		umount /run/ns/scratch
	done
	sleep 0.3
	umount /srv/data/music
}

# spawn COMMAND starts a process and waits until it says that it is ready.
spawn() {
	"$@" &
	read -r ready </run/ready
}

# --- Containers --------------------------------------------------------------------

podman() { monitor "$1" "$1" "$2"; }
crio() { monitor "$@"; }

# monitor CONTAINER VOLUMES COMMAND starts a container the way the managers do, as the
# child of a process that knows its name.
monitor() {
	id=$(printf %s "$1" | sha256sum)
	ROLE=conmon VOLUMES=$2 COMMAND=$3 spawn /bin/conmon /scene.sh -c "${id%% *}" -n "$1"
}

conmon() {
	ROLE=container unshare --mount --propagation unchanged sh /scene.sh &
	wait
}

# container makes the root that a container sees, and lives there.
container() {
	exec 3>/run/ready
	dir=/var/lib/containers/$VOLUMES
	mkdir -p "$dir/upper" "$dir/work" "$dir/merged"
	mount -t overlay -o "lowerdir=/var/lib/images/base,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/merged"
	cd "$dir/merged"
	mount -t proc proc proc
	disk tmpfs dev
	mkdir dev/shm
	disk shm dev/shm
	touch dev/null
	mount --bind /dev/null dev/null
	mount --make-private dev/null
	"$VOLUMES"
	pivot_root . .old
	mount --make-rprivate /.old
	umount -l /.old
	[ "$VOLUMES" != ci ] || job
	ln -s sleep "/bin/$COMMAND"
	echo >&3
	exec 3>&-
	exec "$COMMAND" infinity
}

# It receives what is mounted on the host: podman run -v /srv/data:/data:rslave
web() {
	mount --rbind /srv/data data
	mount --make-rslave data
}

# It is cut off from the host, as is the default: -v /srv/data:/data
db() {
	mount --rbind /srv/data data
	mount --make-rprivate data
}

# It receives and sends: -v /srv/data:/data:rshared
backup() { mount --rbind /srv/data data; }

# It receives from the host, and sends what it receives and mounts to its jobs.
ci() {
	mount --rbind /srv host
	mount --rbind /srv/data data
	mount --make-rslave data
	mount --make-rshared data
}

job() {
	ln -s sleep /bin/make
	mkfifo /tmp/ready
	unshare --mount --propagation unchanged sh -c 'mount --make-rslave /data; echo >/tmp/ready; exec make infinity' &
	read -r ready </tmp/ready
}

pod() {
	mount --rbind /srv/data data
	mount --make-rslave data
	disk empty-dir tmp
}

# Names that would do harm if they were written to a terminal as they are.
tenant() {
	for name in 'two words' 'red\033[31m' 'title\033]0;owned\007' 'line\nfeed' 'bill\342\200\256fdp.exe' 'latin1 \351t\351'; do
		name=$(printf "$name")
		mkdir "data/$name"
		disk tmpfs "data/$name"
	done
}

SCENE=$(realpath "$0")
export SCENE
case ${ROLE:-start} in
start)
	ROLE=machine exec unshare --user --map-root-user --mount --propagation private sh "$SCENE" "$@"
	;;
*)
	"$ROLE" "$@"
	;;
esac
