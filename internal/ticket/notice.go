package ticket

import "time"

// Notice is work that waits to be done: tell somebody that a turn entered review. What to say is read from the
// turn when it is said.
type Notice struct {
	ID       string    `json:"id"` // the same at every attempt
	To       string    `json:"to"` // a name of the configuration
	Turn     TurnID    `json:"turn"`
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts,omitzero"`
	Waiting  string    `json:"waiting,omitzero"` // why the last attempt failed, for operators
}
