package miniroot

import (
	"errors"
	"os"

	"github.com/u-root/u-root/pkg/core"
	ucat "github.com/u-root/u-root/pkg/core/cat"
	ucp "github.com/u-root/u-root/pkg/core/cp"
	umv "github.com/u-root/u-root/pkg/core/mv"
	urm "github.com/u-root/u-root/pkg/core/rm"
	utouch "github.com/u-root/u-root/pkg/core/touch"
)

func cat(c *call) error   { return c.run(ucat.New()) }
func cp(c *call) error    { return c.run(ucp.New()) }
func mv(c *call) error    { return c.run(umv.New()) }
func rm(c *call) error    { return c.run(urm.New()) }
func touch(c *call) error { return c.run(utouch.New()) }

// run runs a command of u-root.
func (c *call) run(command core.Command) error {
	command.SetIO(c.in, c.out, c.err)
	err := command.Run(c.args...)
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path // without the name of the system call that failed inside
	}
	return err
}
