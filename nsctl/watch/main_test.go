package watch

import (
	"testing"

	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) { nstest.Main(m) }
