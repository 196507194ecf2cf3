package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"mntscope/nsctl/change"
)

// Each danger must be agreed to by its own name.
func TestConsentToDangers(t *testing.T) {
	dangers := []change.Danger{{Name: "/proc", Why: "/proc would be gone"}, {Name: "/", Why: "/ would be covered"}}
	for _, tc := range []struct {
		name   string
		given  consent
		typed  string
		agreed bool
	}{
		{"both are typed", consent{}, "/proc\n/\n", true},
		{"one is typed", consent{}, "/proc\n", false},
		{"one is typed twice", consent{}, "/proc\n/proc\n", false},
		{"the other way round", consent{}, "/\n/proc\n", false},
		{"yes", consent{}, "y\ny\n", false},
		{"--yes", consent{yes: true}, "", false},
		{"both are given", consent{really: []string{"/", "/proc"}}, "", true},
		{"one is given", consent{really: []string{"/proc"}}, "/\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.given.in = bufio.NewReader(strings.NewReader(tc.typed))
			var said bytes.Buffer
			if err := tc.given.agree(t.Context(), &said, "Do this?", dangers); (err == nil) != tc.agreed {
				t.Errorf("the error is %v; said was %s", err, said.String())
			}
		})
	}
}
