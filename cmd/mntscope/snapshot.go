package main

import (
	"github.com/spf13/cobra"
)

func (c *cli) snapshot() *cobra.Command {
	var path string
	cmd := c.command(&cobra.Command{
		Use:   "snapshot",
		Short: "Save the whole host as JSON",
		Long: prose(`Read every mount namespace of the host with all its mounts, and write it as JSON
to standard output, or to FILE. What could not be read is listed in it under gaps.

The file can be explored later, and elsewhere, with --snapshot. It shows paths,
commands and mount options of the whole host: only its owner may read it.
FILE is replaced whole or not at all.`),
		Example: `mntscope snapshot -o host.json
mntscope --snapshot host.json
mntscope snapshot | jq '.namespaces[].name'`,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		snapshot, err := (&source{}).snapshot(cmd.Context())
		if err != nil {
			return err
		}
		if path == "" || path == "-" || path == "/dev/stdout" {
			return outputError(snapshot.Encode(cmd.OutOrStdout()))
		}
		return save(cmd.Context(), path, snapshot.Encode)
	})
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to FILE instead of standard output")
	_ = cmd.MarkFlagFilename("output") // fails only for a flag that is not there
	return cmd
}
