package ticket

// Identity is who wrote a mail and how that was proven.
type Identity struct {
	// Address is where a reply goes: the From address, lower-cased; for an allow-listed contact form or the
	// store's own group, the claimed Reply-To address.
	Address string `json:"address"`
	Name    string `json:"name,omitempty"` // display name; for a greeting, never evidence
	Verdict string `json:"verdict"`        // "pass", "fail" or "none"
	Method  string `json:"method"`         // "dmarc", "dkim" or empty
	Domain  string `json:"domain"`         // the domain that was proven
	Reason  string `json:"reason"`         // one sentence for staff
	Via     Via    `json:"via"`
}

// Via is the way a mail came.
type Via string

const (
	// Direct: the From address is the writer's.
	Direct Via = "direct"
	// Form: a contact form of the store wrote it; the customer's address is only claimed.
	Form Via = "form"
	// Group: the store's own group or list forwarded it and rewrote From; the address is only claimed.
	Group Via = "group"
	// Forwarded: a configured forwarder passed it on, and our own provider vouches for the chain (ARC).
	Forwarded Via = "forwarded"
)

// Authenticated reports whether the address is proven to be the writer's.
func (i Identity) Authenticated() bool {
	return i.Verdict == "pass" && i.Address != "" && (i.Via == Direct || i.Via == Forwarded)
}

// Disclosure is how much an answer may say.
type Disclosure int

const (
	// Nothing: not even a general answer without a person.
	Nothing Disclosure = iota
	// General: policies, products, stock; nothing about any order, not even that it exists.
	General
	// OwnOrders: status, tracking and items of orders whose e-mail equals the address; never the full postal
	// address, payment data or another's order.
	OwnOrders
)

// Disclosure is the one place that says what this writer may be told. Look-ups take their scope from it and
// have no other way to an order.
func (i Identity) Disclosure() Disclosure {
	switch {
	case i.Authenticated():
		return OwnOrders
	case i.Via == Form || i.Via == Group:
		return General
	}
	return Nothing
}
