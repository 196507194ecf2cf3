package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (c *cli) explore() *cobra.Command {
	return c.command(&cobra.Command{Use: "mntscope", Short: "x"}, 1, func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return errors.New("x")
	})
}
