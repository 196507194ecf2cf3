// Package unpack unpacks a tarball, the root file system of a container, into an empty
// directory. Nobody vouches for the tarball.
//
// # The concept
//
// An archive is a list of orders: make this file, this link, write here. Obeyed blindly, it
// writes wherever whoever made it wants: by names with "..", by absolute names, by a
// symbolic link that leads out and an entry "below" it, by a hard link to a file that was
// there before. And it writes as much as he wants: a few kilobytes of compressed zeros
// are a full disk.
//
// So here every name is taken apart, and every directory on the way is one that this
// archive made itself, is entered one by one, and held open; no link is ever followed.
// Below that, as a second wall, every file is reached through an [os.Root], which lets
// nothing out whatever happens in the directory meanwhile. A file is only ever created
// (O_EXCL), never opened for writing. What an archive declares is compared with the limits
// before anything is written, and what was really written is counted.
//
// # What is refused
//
// The first entry that breaks a rule ends it, with an [*Error] that names the entry and
// matches [ErrRefused]: an archive that does so was made to do harm or is damaged, and what
// else it holds is not to be trusted either. Refused are:
//
//   - absolute names, and "..", in names and in the targets of hard links ("./" is usual, and fine);
//   - names with control characters, which are sent to a terminal sooner or later, names
//     that are longer than the kernel takes, or more than 256 directories deep;
//   - an entry below a symbolic link or a file; one that would replace a directory by
//     something else, or something else by a directory;
//   - a hard link to anything but a file that is in the archive before it;
//   - device nodes, unless [Options].Devices says otherwise;
//   - more bytes or entries than the limits; headers of megabytes; compression that
//     needs more than 128 MiB of memory to be undone;
//   - parts of archives of several volumes, and other entries that are no files.
//
// Device nodes are refused also for root. A node is the device, not a copy: a name in
// an archive would give the machine's disks to whoever is let into the directory, as nodes
// work in every user namespace if the file system is not mounted nodev. Minimal root file
// systems and exported containers have none (/dev is filled at their start). For
// archives that do, [SkipDevices] leaves them out and counts them.
//
// # What is kept
//
// Contents, holes, links, modes with their set-user-id, set-group-id and sticky bits
// whatever the umask, times of modification, also of symbolic links and directories, and
// owners where [Options].Owners asks for them. Without it a set-user-id program is the
// caller's: the directory belongs where nobody else can reach it. Directories stay
// writable until the end, so one without write permission can be filled. Of two
// entries of one name the last one wins, as with tar(1). Symbolic links are made as they
// are, wherever they lead: who follows them later, from outside of the root that they are
// meant for, does so at his own risk.
//
// # What this package does not do
//
// It removes nothing: after an error the directory holds what was unpacked so far, and
// is the caller's to remove, who may have to give himself the permission to write in some of
// its directories first. It does not restore extended attributes, access control lists or
// file capabilities, as tar(1) does not unless asked. It interprets no whiteouts (".wh.")
// of image layers, and no image formats around them.
package unpack
