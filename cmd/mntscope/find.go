package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/sandbox"
)

// find gives the position of the namespace that ref names.
func (s *source) find(snapshot *nsctl.Snapshot, ref string) (int, error) {
	infos := make([]nsctl.NamespaceInfo, len(snapshot.Namespaces))
	for i := range snapshot.Namespaces {
		infos[i] = snapshot.Namespaces[i].NamespaceInfo
	}
	find, list := discover.Find, "mntscope ns"
	if number := ownSandbox(ref); s.file == "" && number != 0 {
		ref = number.String() // others may have sandboxes of the same name
	}
	if s.file != "" {
		list += " --snapshot FILE"
		find = func(infos []nsctl.NamespaceInfo, ref string) (int, error) {
			return nsctl.FindNamespace(infos, snapshot.Observer.NS, ref)
		}
	}
	i, err := find(infos, ref)
	if errors.Is(err, nsctl.ErrUnknownNamespace) {
		return 0, fmt.Errorf("%w; %q lists the namespaces there are", err, list)
	}
	return i, err
}

// ownSandbox gives the namespace of the user's sandbox of a name, 0 if there is none.
func ownSandbox(name string) nsctl.NSNumber {
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil || sandbox.CheckName(name) != nil || !isDirectory(dir) {
		return 0
	}
	s, err := sandbox.Open(dir)
	if err != nil {
		return 0
	}
	defer s.Close() // nothing is written through it
	i, err := s.Find(name)
	if err != nil || i.State != sandbox.Running {
		return 0
	}
	return i.NS
}

// completeNS offers the namespaces to the shell: containers and sandboxes by name, unless a
// number was begun, the others by number.
func (s *source) completeNS(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	listing, err := s.listing(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	number := strings.HasPrefix(word, "mnt:") || word != "" && word[0] >= '0' && word[0] <= '9'
	called := map[string]int{}
	for i := range listing.Namespaces {
		called[listing.Namespaces[i].Name]++
	}
	var offers []string
	for _, ns := range listing.Namespaces {
		named := ns.Kind == nsctl.KindContainer || ns.Kind == nsctl.KindSandbox
		switch {
		case ns.NS == 0:
		case named && called[ns.Name] == 1 && !number && offerable(ns.Name):
			offers = append(offers, fmt.Sprintf("%s\t%s %v", ns.Name, ns.Kind, ns.NS))
		default:
			offers = append(offers, fmt.Sprintf("%d\t%s %s", ns.NS, nsctl.Printable(string(ns.Kind)), nsctl.Printable(ns.Name)))
		}
	}
	return offers, cobra.ShellCompDirectiveDefault // a namespace file is an NS, too
}
