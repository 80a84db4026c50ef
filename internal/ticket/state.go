package ticket

// State is where a turn stands on its way from a mail to a reply.
type State string

const (
	// Received: the mail is stored, its sender identified, the gate passed; nobody has read it yet.
	Received State = "received"
	// Triaged: it is known what the customer wants, each request with a quote as evidence.
	Triaged State = "triaged"
	// Informed: the facts that the requests need were looked up, for this customer only.
	Informed State = "informed"
	// Drafted: a reply is written and checked against the facts.
	Drafted State = "drafted"
	// Review: a person decides. No step leads out of it.
	Review State = "review"
	// Approved: policy or a person wants the last draft to be sent.
	Approved State = "approved"
	// Sending: the Message-ID is saved and the request to SendGrid is on its way. A turn that is found here
	// after a crash has an unknown outcome and is never sent again by itself.
	Sending State = "sending"
	// Sent: SendGrid accepted the reply.
	Sent State = "sent"
	// Done: the customer is tagged, the interaction recorded, the mail filed.
	Done State = "done"

	// Ignored: already processed, or our own mail. Kept for the log.
	Ignored State = "ignored"
	// Recorded: attached to its ticket and never to be answered (a bounce, an out-of-office note, old mail).
	Recorded State = "recorded"
	// Rejected: a person decided that no reply goes out.
	Rejected State = "rejected"
	// Answered: a person answered by hand what was in review: they closed the turn at the desk, or sent an answer
	// from a mail program.
	Answered State = "answered"
	// Superseded: somebody answered elsewhere what replyd was still working on.
	Superseded State = "superseded"
)

// moves lists for every state the states that may follow it. What is not listed is impossible.
var moves = map[State][]State{
	"":       {Received, Review, Ignored, Recorded}, // how a turn may be born
	Received: {Triaged, Review, Superseded},
	Triaged:  {Informed, Review, Superseded},
	Informed: {Drafted, Review, Superseded},
	Drafted:  {Approved, Review, Superseded},
	Review:   {Approved, Rejected, Answered, Superseded, Informed}, // Informed: a person wants another draft
	Approved: {Sending, Review, Superseded},
	Sending:  {Sent, Approved, Review},
	Sent:     {Done},
}

// States lists all states in the order in which a turn meets them.
var States = []State{
	Received, Triaged, Informed, Drafted, Review, Approved, Sending, Sent, Done,
	Ignored, Recorded, Rejected, Answered, Superseded,
}

// CanMove reports whether a turn in state from may go to state to.
func CanMove(from, to State) bool {
	for _, s := range moves[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Final reports whether nothing can follow s.
func (s State) Final() bool { return len(moves[s]) == 0 }

// Working reports whether the daemon, not a person, has to act next.
func (s State) Working() bool { return s != Review && !s.Final() }
