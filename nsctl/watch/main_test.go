package watch

import (
	"fmt"
	"os"
	"testing"

	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		if err := watchAndPrint(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	nstest.Main(m)
}
