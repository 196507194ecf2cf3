package discover

import (
	"sync"
	"time"

	"mntscope/nsctl"
)

// progress gives out partial results while a scan runs. A nil progress gives out none.
type progress struct {
	deliver func(Update)
	every   time.Duration // how often
	finish  func(namespaces []nsctl.Namespace) *nsctl.Snapshot

	mu   sync.Mutex // also guards found.read, and what is written before it is set
	all  []*found
	bare []nsctl.NamespaceInfo // what was known of all before they were read
	last time.Time
}

// begin is called before the namespaces in all that have not been read are.
func (p *progress) begin(all []*found) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = all
	p.bare = make([]nsctl.NamespaceInfo, len(all))
	for i, f := range all {
		p.bare[i] = f.info
		p.bare[i].Kind = nsctl.KindOther
		p.bare[i].ProcessCount = len(f.pids)
	}
	p.give()
}

// finished marks a namespace as read.
func (p *progress) finished(f *found) {
	if p == nil {
		f.read = true
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f.read = true
	if time.Since(p.last) >= p.every {
		p.give()
	}
}

func (p *progress) give() {
	namespaces := make([]nsctl.Namespace, 0, len(p.all))
	read := 0
	for i, f := range p.all {
		switch {
		case f.read && f.ended:
			read++
		case f.read:
			namespaces = append(namespaces, f.namespace())
			read++
		default:
			namespaces = append(namespaces, nsctl.Namespace{NamespaceInfo: p.bare[i]})
		}
	}
	p.deliver(Update{Snapshot: p.finish(namespaces), Read: read, Total: len(p.all)})
	p.last = time.Now()
}
