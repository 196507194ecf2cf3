package nstest

import (
	"fmt"
	"os"
	"testing"
)

// Main is the TestMain of a package that makes scenes. It does not return.
func Main(m *testing.M) {
	if address := os.Getenv(agentEnv); address != "" {
		err := os.Unsetenv(agentEnv) //nolint:forbidigo // this process is nothing but an agent; what it starts is not
		if err == nil {
			err = runAgent(address)
		}
		exit(err)
	}
	check, err := watchForLeaks()
	if err != nil {
		exit(fmt.Errorf("nstest: preparing to look for leaks: %w", err))
	}
	status := m.Run()
	if err := check(); err != nil {
		fmt.Fprintf(os.Stderr, "--- FAIL: something was left behind\n%v\n", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
