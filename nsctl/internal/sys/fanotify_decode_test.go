package sys

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// mountRecord is an event as the kernel writes it.
func mountRecord(mask uint64, pid int32, info ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(fanotifyMetadata+len(info)))
	b = append(b, unix.FANOTIFY_METADATA_VERSION, 0)
	b = binary.NativeEndian.AppendUint16(b, fanotifyMetadata)
	b = binary.NativeEndian.AppendUint64(b, mask)
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0)) // FAN_NOFD
	b = binary.NativeEndian.AppendUint32(b, uint32(pid))
	return append(b, info...)
}

func infoRecord(kind byte, id uint64) []byte {
	b := binary.NativeEndian.AppendUint16([]byte{kind, 0}, fanotifyMount)
	return binary.NativeEndian.AppendUint64(append(b, 0, 0, 0, 0), id)
}

func TestDecodeMountEvents(t *testing.T) {
	attach := mountRecord(unix.FAN_MNT_ATTACH, 7, infoRecord(unix.FAN_EVENT_INFO_TYPE_MNT, 1<<40)...)
	attached := MountEvent{Attached: true, Mount: 1 << 40, PID: 7}
	wrong := func(at int, b byte) []byte {
		record := slices.Clone(attach)
		record[at] = b
		return record
	}
	for _, tc := range []struct {
		name string
		buf  []byte
		want []MountEvent
		bad  bool
	}{
		{name: "nothing"},
		{name: "two", buf: slices.Concat(attach, attach), want: []MountEvent{attached, attached}},
		{name: "overflow", buf: slices.Concat(mountRecord(unix.FAN_Q_OVERFLOW, 0), attach),
			want: []MountEvent{{Overflow: true}, attached}},
		{name: "another kind of event", buf: slices.Concat(mountRecord(unix.FAN_OPEN, 7), attach), want: []MountEvent{attached}},
		{name: "another record before the mount", buf: mountRecord(unix.FAN_MNT_ATTACH, 7,
			slices.Concat(infoRecord(99, 3), infoRecord(unix.FAN_EVENT_INFO_TYPE_MNT, 1<<40))...), want: []MountEvent{attached}},
		{name: "no mount", buf: mountRecord(unix.FAN_MNT_ATTACH, 7)},
		{name: "a short record of a mount", buf: mountRecord(unix.FAN_MNT_ATTACH, 7, unix.FAN_EVENT_INFO_TYPE_MNT, 0, 8, 0, 1, 2, 3, 4)},
		{name: "a record of no length", buf: mountRecord(unix.FAN_MNT_ATTACH, 7, unix.FAN_EVENT_INFO_TYPE_MNT, 0, 0, 0)},
		{name: "cut", buf: attach[:30], bad: true},
		{name: "cut in the metadata", buf: attach[:10], bad: true},
		{name: "of no length", buf: wrong(0, 0), bad: true},
		{name: "metadata longer than the event", buf: wrong(6, 255), bad: true},
		{name: "another version", buf: wrong(4, 9), bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []MountEvent
			err := decodeMountEvents(tc.buf, func(e MountEvent) { got = append(got, e) })
			if !slices.Equal(got, tc.want) || (err != nil) != tc.bad {
				t.Errorf("got %+v and %v", got, err)
			}
		})
	}
}

func FuzzDecodeMountEvents(f *testing.F) {
	f.Add(mountRecord(unix.FAN_MNT_ATTACH, 7, infoRecord(unix.FAN_EVENT_INFO_TYPE_MNT, 1)...))
	f.Add(mountRecord(unix.FAN_Q_OVERFLOW, 0))
	f.Fuzz(func(t *testing.T, buf []byte) {
		events := 0
		_ = decodeMountEvents(buf, func(MountEvent) { events++ }) // no panic, and no event without its bytes
		if events > len(buf)/fanotifyMetadata {
			t.Errorf("%d events in %d bytes", events, len(buf))
		}
	})
}
