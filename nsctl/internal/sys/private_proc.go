package sys

// PrivateCopy gives a copy of the mount at a path that is in no namespace and in no peer
// group, so that it keeps nothing in the namespace busy. It takes Linux 5.12.
func PrivateCopy(path string) (Dir, error) {
	copied, err := CurrentDir.OpenTree(path, OpenTreeClone|OpenTreeRecursive)
	if err != nil {
		return -1, err
	}
	if err := copied.SetMountAttributes("", MountAttributes{Propagation: MountPrivate}, true); err != nil {
		copied.Close()
		return -1, err
	}
	return copied, nil
}
