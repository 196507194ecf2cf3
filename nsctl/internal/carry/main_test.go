package carry_test

import (
	"fmt"
	"os"
	"testing"

	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) {
	if carry.IsHelper() {
		if err := carry.ServeHelper(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	nstest.Main(m)
}
