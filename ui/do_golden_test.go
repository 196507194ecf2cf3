package ui

import (
	"fmt"
	"testing"
)

func TestGoldenOperations(t *testing.T) {
	look := paths("/data/", "/data/many1/", "/data/many2", "/d\x1b[2J\n/", "/run/")
	screens := []struct {
		name  string
		reach func(d *driver)
	}{
		{"do-mount", func(d *driver) { d.inSpace("s9", "/sys").press("a") }},
		{"do-bind", func(d *driver) { d.inSpace("s9", "/sys").press("b").typed("/d").press("tab") }},
		{"do-complete", func(d *driver) { d.inSpace("s9", "/sys").press("a ctrl+w").typed("/data/").press("tab") }},
		{"marked", func(d *driver) { d.inSpace("web", "/data").press("*").inSpace("host", "/sys").press("* j * j") }},
		{"marked-umount", func(d *driver) { d.inSpace("host", "/sys").press("* j * U") }},
	}
	for _, size := range sizes {
		for _, l := range looks {
			for _, s := range screens {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], l.name)
				t.Run(name, func(t *testing.T) {
					options := l.options
					options.ReadOnly, options.Complete = false, look
					d, _ := changing(t, options, size[0], size[1])
					s.reach(d)
					d.check()
					compareGolden(t, name, d.content())
				})
			}
		}
	}
}
