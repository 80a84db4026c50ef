package ticket

// Add counts another call, or several, with u.
func (u *Usage) Add(other Usage) {
	u.Calls += other.Calls
	u.Input += other.Input
	u.Cached += other.Cached
	u.Output += other.Output
	u.Micros += other.Micros
}

// Usage is what models cost for this turn in all: reading the mail, wording every draft, and wording
// what came to nothing. A turn that was made
// of another one shows that one's reading, which is counted there.
func (t *Turn) Usage() (sum Usage) {
	if t.Triage != nil && (t.Cause == ByMail || t.Cause == "") {
		sum = t.Triage.Usage
	}
	for _, d := range t.Drafts {
		sum.Add(d.Usage)
	}
	for _, e := range t.History {
		sum.Add(e.Usage)
	}
	return sum
}
