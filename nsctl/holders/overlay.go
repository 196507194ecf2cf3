package holders

import (
	"strings"

	"mntscope/nsctl"
)

// overlaysOn finds the overlays with a layer on a filesystem, each once however often it
// is mounted. The kernel tells layers only as the paths that the one who mounted it gave,
// so they are looked up in the namespaces where he probably was: the observer's, the
// initial one, and that of the overlay, unless it is that one's root.
func overlaysOn(s *nsctl.Snapshot, dev nsctl.Dev) []nsctl.OtherHolder {
	found := []nsctl.OtherHolder{}
	seen := map[nsctl.Dev]bool{dev: true}
	var initial *nsctl.Namespace
	for i := range s.Namespaces {
		if s.Namespaces[i].Kind == nsctl.KindInitial {
			initial = &s.Namespaces[i]
		}
	}
	observers := Observers(s)
	for i := range s.Namespaces {
		ns := &s.Namespaces[i]
		for j := range ns.Mounts {
			m := &ns.Mounts[j]
			if m.FSType != "overlay" || seen[m.Dev] {
				continue
			}
			inside := ns
			if m.Mountpoint == "/" {
				inside = nil
			}
			layer := layerOn(dev, layers(m.SuperOptions), observers, initial, inside)
			if layer == "" {
				continue
			}
			seen[m.Dev] = true
			on := m.Dev
			found = append(found, nsctl.OtherHolder{Kind: nsctl.OtherOverlay, Dev: &on, Path: layer, NS: ns.NS, Mount: m, Space: i})
		}
	}
	return found
}

// layerOn gives the first of the layers that is on the filesystem in one of the namespaces.
func layerOn(dev nsctl.Dev, layers []string, namespaces ...*nsctl.Namespace) string {
	for _, layer := range layers {
		for _, ns := range namespaces {
			if ns == nil {
				continue
			}
			if m, ok := MountAt(ns, layer); ok && m.Dev == dev {
				return layer
			}
		}
	}
	return ""
}

// layers gives the absolute paths of the layers in an overlay's options
// (ovl_show_options in fs/overlayfs/params.c). Several lower layers are separated by
// colons, data-only ones by two; a colon or backslash that belongs to a path has a
// backslash before it.
func layers(options string) []string {
	var paths []string
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		value = nsctl.UnescapeOctal(value)
		switch key {
		case "upperdir", "workdir":
			paths = appendPath(paths, value)
		case "lowerdir", "lowerdir+", "datadir+":
			var path strings.Builder
			for i := 0; i < len(value); i++ {
				switch {
				case value[i] == '\\' && i+1 < len(value):
					i++
					path.WriteByte(value[i])
				case value[i] == ':':
					paths = appendPath(paths, path.String())
					path.Reset()
				default:
					path.WriteByte(value[i])
				}
			}
			paths = appendPath(paths, path.String())
		}
	}
	return paths
}

// appendPath leaves out relative paths, which nobody knows the start of, and the nothing
// between two colons.
func appendPath(paths []string, path string) []string {
	if !strings.HasPrefix(path, "/") {
		return paths
	}
	return append(paths, path)
}
