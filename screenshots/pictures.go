package main

import "mntscope/ui/uitest"

const (
	dark  = "#11141b"
	light = "#ffffff"
)

// The pictures, in the order of the tour in the README.
var pictures = []picture{
	{
		name: "namespaces", cols: 110, rows: 30, background: dark,
		drive: func(term *uitest.Terminal) { term.WaitForText("maintenance") },
	},
}
