package ticket

import "time"

// Copy is a draft that lies in a Drafts folder, to be sent from a mail program.
type Copy struct {
	Turn      TurnID    `json:"turn"`
	Account   string    `json:"account"`
	Folder    string    `json:"folder"`
	MessageID string    `json:"message_id"`      // minted and saved before the copy is put there
	Draft     int       `json:"draft"`           // index into the turn's Drafts
	Put       time.Time `json:"put,omitzero"`    // zero until it is known to lie there
	Edited    bool      `json:"edited,omitzero"` // somebody saved another text over it, which stays there
}

// CopyWork is work that waits to be done: make a Drafts folder hold what a turn's state asks for. There is at most
// one for each turn: what is to be done is worked out anew when it is done.
type CopyWork struct {
	Turn     TurnID    `json:"turn"`
	Account  string    `json:"account"`
	Version  uint64    `json:"version"` // of the turn that asked for it
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts,omitzero"`
	Waiting  string    `json:"waiting,omitzero"` // why the last attempt failed, for staff
}

// Offer tells whether the turn's draft may lie in a Drafts folder, and if not, why, in words for staff. A mail
// program shows none of the desk's warnings, so only a draft goes there of which nothing has to be seen first: the
// gate let the mail in, its sender is proven, no flag is raised, and facts cover the whole of it. The others are
// answered at the desk, or by hand in a person's own words.
func (t *Turn) Offer() (ok bool, why string) {
	switch d := t.Draft(); {
	case t.State != Review:
		return false, "the turn is not in review"
	case d == nil || t.Recipient() == "":
		return false, "there is no draft"
	case t.Outgoing != nil:
		return false, "it may have been sent already"
	case t.Cause != ByMail:
		return false, "it is about more than one mail"
	case t.Gate.Outcome != Go:
		return false, "the mail is held"
	case !t.Sender.Authenticated():
		return false, "the sender is not proven"
	case t.Triage != nil && len(t.Triage.Flags) > 0:
		return false, "the mail is flagged"
	case len(d.Open) > 0:
		return false, "facts do not cover all of it"
	}
	return true, ""
}
