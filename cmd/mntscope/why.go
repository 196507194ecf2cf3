package main

import (
	"context"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

func (c *cli) why() *cobra.Command {
	var q whyQuestion
	var asJSON, ascii bool
	cmd := c.command(&cobra.Command{
		Use:   "why NS:PATH NS",
		Short: "Say why a mount in one namespace does not appear in another",
		Long: prose(`Say whether the mount at PATH in the first namespace appears in the second, and if not,
where the way from the one to the other is cut, and what would mend it. If nothing is mounted at PATH,
it says so of a mount that would be made there. NS is as for "mounts".

The way is shown group by group. Symbolic links in PATH are followed on the running host only.
Nothing is changed. The exit status is 1 if the mount does not appear, or cannot be seen there.`),
		Example: `mntscope why self:/media/usb web
mntscope why 1:/srv/data/new db --snapshot host.json`,
	}, 2, func(cmd *cobra.Command, args []string) error {
		if len(args) < 2 {
			return usagef("two places are needed, NS:PATH and NS; %q tells the usage", cmd.CommandPath()+" --help")
		}
		ref, path, err := nsctl.SplitPlace(args[0])
		if err != nil {
			return usagef("%w, as in \"self:/media/usb\"", err)
		}
		snapshot, err := q.from.snapshot(cmd.Context())
		if err != nil {
			return err
		}
		g := graph.New(snapshot)
		why, err := q.answer(cmd.Context(), g, ref, path, args[1])
		if err != nil {
			return err
		}
		if out := cmd.OutOrStdout(); asJSON {
			err = writeJSON(out, why)
		} else {
			s := outputScreen()
			s.ascii = s.ascii || ascii
			err = outputError(writeWhy(out, why, g, s))
		}
		if err != nil {
			return err
		}
		reportGaps(cmd.ErrOrStderr(), snapshot.Gaps, "\"mntscope snapshot\" lists all")
		if why.Verdict != nsctl.WhyAppears {
			return errReported
		}
		return nil
	})
	q.from.flag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw with ASCII characters")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return q.from.completeNS(cmd, nil, word)
	}
	return cmd
}

// whyQuestion is why a mount does not appear somewhere.
type whyQuestion struct{ from source }

func (q *whyQuestion) answer(ctx context.Context, g *graph.Graph, ref, path, toRef string) (*nsctl.Why, error) {
	from, err := q.from.find(g.Snapshot(), ref)
	if err != nil {
		return nil, err
	}
	to, err := q.from.find(g.Snapshot(), toRef)
	if err != nil {
		return nil, err
	}
	root, err := predict.EntryOf(g, from)
	if err != nil {
		return nil, err
	}
	var seen nsctl.Seen
	var doubt error
	if q.from.file == "" {
		looker := discover.NewLooker(g)
		if own, ok := looker.Root(from); ok {
			root = own
		}
		ctx, cancel := context.WithTimeout(ctx, change.Patience)
		defer cancel()
		seen, doubt = looker.Look(ctx, from, path)
	}
	place, err := predict.Locate(g, root, path, seen)
	if err != nil {
		return nil, err
	}
	why := predict.Why(g, place, to)
	if doubt != nil {
		why.Notes = append(why.Notes, "Not certain: "+doubt.Error()+".")
	}
	return why, nil
}
