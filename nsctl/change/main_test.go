package change_test

import (
	"os"
	"testing"

	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) {
	if help, ok := carry.AsHelper(); ok {
		os.Exit(help())
	}
	nstest.Main(m)
}
