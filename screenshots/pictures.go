package main

import (
	"image/color"

	"mntscope/ui/uitest"
)

var (
	dark  = terminal{foreground: color.RGBA{0xc8, 0xcc, 0xd4, 0xff}, background: color.RGBA{0x11, 0x14, 0x1b, 0xff}}
	light = terminal{foreground: color.RGBA{0x2a, 0x2e, 0x36, 0xff}, background: color.RGBA{0xff, 0xff, 0xff, 0xff}}
)

// pictures are in the order of the tour in the README.
var pictures = []picture{
	{
		name: "namespaces", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			selectNamespace(term, "web")
			term.Press("esc")
			term.WaitForText("of 12")
		},
	},
	{
		name: "mounts", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			term.Press("2")
			selectMount(term, "/srv")
		},
	},
	{
		name: "compare", cols: 116, rows: 28, terminal: dark,
		drive: func(term *uitest.Terminal) {
			selectNamespace(term, "web")
			term.Press("enter", "v")
			term.WaitForText("Compare web with")
			term.Type("db")
			term.Press("enter")
			term.WaitForText("differences")
			term.Press("n")
		},
	},
	{
		name: "peers", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			term.Press("2")
			selectMount(term, "/srv")
			term.Press("enter")
			term.WaitForText("PEER GROUP")
		},
	},
	{
		name: "events", cols: 116, rows: 32, terminal: dark, recorded: true,
		drive: func(term *uitest.Terminal) {
			term.Press("4", ".", "space")
			term.WaitForText("not reached")
			term.Press("j", "j")
		},
	},
	{
		name: "whatif", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			term.Press("2")
			selectMount(term, "/srv")
			term.Press("p")
			term.WaitForText("What if, in init")
			term.Press("ctrl+a", "ctrl+k")
			term.Type("umount -l /srv")
			term.Press("enter")
			term.WaitForText("what if, in init")
		},
	},
	{
		name: "type", cols: 116, rows: 32, terminal: dark, live: true,
		drive: func(term *uitest.Terminal) {
			term.Press("5")
			term.WaitForText("n makes one")
			newSandbox(term, "outer", "down", "down", "right", "right")                 // shared
			newSandbox(term, "inner", "down", "down", "right", "down", "down", "right") // a slave, in outer
			term.Press("g")
			term.WaitForText("1 process") // its namespace has been read
			term.Press("enter")
			term.WaitForText("MOUNT POINT")
			selectMount(term, "/srv")
			term.Press("t", "up", "up", "up", "down", "down")
			term.WaitForText("--make-private")
		},
	},
	{
		name: "sandboxes", cols: 116, rows: 32, terminal: dark, live: true,
		drive: func(term *uitest.Terminal) {
			term.Press("5")
			term.WaitForText("n makes one")
			newSandbox(term, "outer", "down", "down", "right", "right")                 // shared
			newSandbox(term, "inner", "down", "down", "right", "down", "down", "right") // a slave, in outer
			newSandbox(term, "demo", "down", "right")                                   // with the built-in root
			for _, step := range []string{"Step 1 of 7", "Step 2 of 7", "Step 3 of 7", "Step 4 of 7"} {
				term.Press("s")
				term.WaitForText(step)
			}
		},
	},
	{
		name: "names", cols: 116, rows: 22, terminal: dark,
		drive: func(term *uitest.Terminal) {
			selectNamespace(term, "tenant")
			term.Press("enter", "G")
		},
	},
	{
		name: "help", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			term.Press("2", "?")
			term.WaitForText("Help: Mounts")
		},
	},
	{
		name: "palette", cols: 116, rows: 32, terminal: dark,
		drive: func(term *uitest.Terminal) {
			term.Press("2", ":")
			term.WaitForText("Actions")
			term.Type("namespace")
		},
	},
	{
		name: "light", cols: 116, rows: 32, terminal: light, args: []string{"--theme", "light"},
		drive: func(term *uitest.Terminal) {
			term.Press("2")
			selectMount(term, "/srv")
		},
	},
	{
		name: "ascii", cols: 80, rows: 24, terminal: dark, env: []string{"NO_COLOR=1", "LC_ALL=C"},
		drive: func(term *uitest.Terminal) {
			term.Press("2")
			selectMount(term, "/srv")
		},
	},
}

// newSandbox fills the form of a new sandbox in and makes it.
func newSandbox(term *uitest.Terminal, name string, keys ...string) {
	term.Press("n")
	term.WaitForText("New sandbox")
	term.Type(name)
	term.Press(keys...)
	term.Press("enter")
	term.WaitForText("made the sandbox " + name)
}

// selectNamespace selects the namespace of a name, by filtering for it.
func selectNamespace(term *uitest.Terminal, name string) {
	term.Press("/")
	term.Type(name)
	term.WaitForText("1 of 1")
	term.Press("enter")
}

// selectMount selects a mount in a tree that is shown.
func selectMount(term *uitest.Terminal, mountpoint string) {
	term.Press("/")
	term.Type(mountpoint)
	term.Press("enter", "esc")
	term.WaitForText("MOUNT POINT")
}
