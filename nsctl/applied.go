package nsctl

import "encoding/json"

// Applied is what an operation did, beside what had been predicted: what "mntscope apply
// --json" prints.
type Applied struct {
	// Outcome is the prediction.
	Outcome
	// Observed are the effects that really happened: the host afterwards, compared with
	// the host immediately before, as far as it may have to do with the operation. Their rules, and where they came from, are those that
	// were predicted; what was not predicted has none.
	Observed []Effect
	// Surprises are the differences between the two, up to the numbers that new mounts
	// and groups got. There are none if the prediction was right.
	Surprises []Surprise
	// Error is why nothing was done, as a sentence; empty if it was.
	Error string
}

// SurpriseKind says how what happened differs from what was predicted.
type SurpriseKind string

// The kinds of surprises.
const (
	SurpriseMissing    SurpriseKind = "missing"    // predicted, but did not happen
	SurpriseUnexpected SurpriseKind = "unexpected" // happened, but was not predicted
	SurpriseDifferent  SurpriseKind = "different"  // happened to the same mount, but in another way
)

// Surprise is one difference between what was predicted and what happened.
type Surprise struct {
	Kind      SurpriseKind `json:"kind"`
	Predicted *Effect      `json:"predicted,omitempty"`
	Observed  *Effect      `json:"observed,omitempty"`
	Text      string       `json:"text"`
}

// MarshalJSON implements [json.Marshaler]. Its lists are never null.
func (a Applied) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		wireOutcome
		Observed  []Effect   `json:"observed"`
		Surprises []Surprise `json:"surprises"`
		Error     string     `json:"error,omitempty"`
	}{a.Outcome.wire(), orEmpty(a.Observed), orEmpty(a.Surprises), a.Error})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *Applied) UnmarshalJSON(data []byte) error {
	if err := a.Outcome.UnmarshalJSON(data); err != nil {
		return err
	}
	var more struct {
		Observed  []Effect   `json:"observed"`
		Surprises []Surprise `json:"surprises"`
		Error     string     `json:"error"`
	}
	if err := json.Unmarshal(data, &more); err != nil {
		return err
	}
	a.Observed, a.Surprises, a.Error = more.Observed, more.Surprises, more.Error
	return nil
}
