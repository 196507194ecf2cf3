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
			os.Exit(1) //nolint:forbidigo // this process is nothing but a watch
		}
		os.Exit(0) //nolint:forbidigo // the same
	}
	nstest.Main(m)
}
