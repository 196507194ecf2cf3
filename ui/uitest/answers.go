package uitest

import (
	"sync"
	"time"
)

// takeReplies queues what the emulator answers to the program's questions. The
// emulator waits, with the lock held, until its answer is read, so this takes no lock.
func (t *Terminal) takeReplies() {
	type reply struct {
		text string
		due  time.Time
	}
	travelling := make(chan reply, 1<<10)
	var arrivals sync.WaitGroup
	arrivals.Go(func() {
		for r := range travelling {
			<-time.After(time.Until(r.due))
			t.send(r.text)
			t.asked.Add(-1)
			t.mu.Lock()
			t.show()
			t.mu.Unlock()
		}
	})
	buffer := make([]byte, 1<<10)
	for {
		n, err := t.emulator.Read(buffer)
		if err != nil {
			break
		}
		t.asked.Add(1)
		travelling <- reply{string(buffer[:n]), time.Now().Add(time.Duration(t.delay.Load()))}
	}
	close(travelling)
	arrivals.Wait()
}

// AnswerAfter lets each answer to the program's questions take so much time from now on,
// as on a terminal that is far away.
func (t *Terminal) AnswerAfter(delay time.Duration) { t.delay.Store(int64(delay)) }

// WaitForAnswers waits until all that the program asked is answered. What is typed after
// that stands in line behind the answers.
func (t *Terminal) WaitForAnswers() {
	t.t.Helper()
	t.wait("the answers of the terminal", func() (Screen, bool) { return Screen{}, t.asked.Load() == 0 })
}
