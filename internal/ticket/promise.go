package ticket

import (
	"fmt"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/hours"
)

// Targets are within which working time a customer should hear from the store, by what they want. What is flagged
// or urgent comes first; a customer without a parcel waits less gladly than one with a question.
type Targets struct {
	Flagged time.Duration // a flag is raised
	Urgent  time.Duration // too late once the parcel has left: to cancel, or change an order or its address
	Trouble time.Duration // something went wrong
	Order   time.Duration // a question about an order, a return or a refund
	Other   time.Duration // all else
}

// DefaultTargets hold where the owner set none.
var DefaultTargets = Targets{Flagged: time.Hour, Urgent: 2 * time.Hour, Trouble: 4 * time.Hour, Order: 8 * time.Hour,
	Other: 24 * time.Hour}

// Promise is until when customers should hear from the store: targets, counted in working time.
type Promise struct {
	Targets Targets
	Hours   hours.Schedule
}

// DefaultPromise counts round the clock.
func DefaultPromise() Promise { return Promise{Targets: DefaultTargets} }

// By is until when somebody should have an answer who waits since a time, with a target.
func (p *Promise) By(since time.Time, target time.Duration) time.Time {
	return p.Hours.Add(since, target)
}

// Fingerprint is equal for promises that give equal times.
func (p *Promise) Fingerprint() string {
	zone := time.UTC
	if p.Hours.Zone != nil {
		zone = p.Hours.Zone
	}
	if p.Hours.Always() {
		zone = time.UTC
	}
	return fmt.Sprintf("%v %s %v %s", p.Targets, strings.Join(p.Hours.Week.Lines(), "; "), p.Hours.Closed, zone)
}

// AnswerBy is when the customer should have an answer, as p promises it: the queue's order.
func (t *Turn) AnswerBy(p *Promise) time.Time { return p.By(t.Since(), t.target(&p.Targets)) }

func (t *Turn) target(by *Targets) time.Duration {
	target := by.Other
	if tr := t.Triage; tr != nil {
		for _, r := range tr.Requests {
			target = min(target, by.of(r.Intent))
		}
		if tr.Urgent {
			target = min(target, by.Urgent)
		}
		if len(tr.Flags) > 0 {
			target = by.Flagged
		}
	}
	if t.Cause != ByMail {
		target = min(target, by.Trouble)
	}
	return target
}

func (by *Targets) of(i Intent) time.Duration {
	switch i {
	case OrderCancel, AddressChange, OrderChange:
		return by.Urgent
	case DeliveryProblem, ItemProblem, PaymentInvoice, HumanRequest, ComplaintFeedback:
		return by.Trouble
	case OrderStatus, RefundStatus, ReturnRequest, ExchangeRequest:
		return by.Order
	}
	return by.Other
}
