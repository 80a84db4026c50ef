package shop

import "slices"

// State is one word for where an order stands, derived by code from Shopify's several statuses. Replies
// choose their fragments by it.
type State string

const (
	// StateCancelled: the order was cancelled.
	StateCancelled State = "CANCELLED"
	// StateUnpaid: nothing was paid yet, so nothing is shipped.
	StateUnpaid State = "UNPAID"
	// StatePreparing: paid, and no parcel left the store yet.
	StatePreparing State = "PREPARING"
	// StateOnHold: the store holds the order back.
	StateOnHold State = "ON_HOLD"
	// StatePartlyShipped: some parcels left, others are still to come.
	StatePartlyShipped State = "PARTLY_SHIPPED"
	// StateShipped: all has left the store, and the carrier has not reported more.
	StateShipped State = "SHIPPED"
	// StateInTransit: the carrier has the parcel.
	StateInTransit State = "IN_TRANSIT"
	// StateOutForDelivery: the parcel arrives today, says the carrier.
	StateOutForDelivery State = "OUT_FOR_DELIVERY"
	// StateReadyForPickup: the customer may fetch it.
	StateReadyForPickup State = "READY_FOR_PICKUP"
	// StateProblem: the carrier reports a failed attempt, a delay or a loss.
	StateProblem State = "DELIVERY_PROBLEM"
	// StateDelivered: every parcel was delivered.
	StateDelivered State = "DELIVERED"
)

// State derives one word. Where parcels differ, the one that is furthest from the customer's hands counts.
func (o *Order) State() State {
	if o.Cancelled != nil {
		return StateCancelled
	}
	worst, found := StateDelivered, false
	for _, s := range o.Parcels() {
		found = true
		if st := s.State(); rank[st] < rank[worst] {
			worst = st
		}
	}
	switch o.Fulfillment {
	case "ON_HOLD":
		return StateOnHold
	case "PARTIALLY_FULFILLED":
		return StatePartlyShipped
	}
	switch {
	case found:
		return worst
	case o.Fulfillment == "FULFILLED":
		return StateShipped
	case o.Financial == "PENDING" || o.Financial == "AUTHORIZED" || o.Financial == "EXPIRED":
		return StateUnpaid
	}
	return StatePreparing
}

// rank orders the states of parcels by what a customer would want to hear first: trouble, then distance.
var rank = map[State]int{
	StateProblem: 0, StateShipped: 1, StateInTransit: 2, StateOutForDelivery: 3, StateReadyForPickup: 4,
	StateDelivered: 5,
}

// Parcels are the shipments that left, or are about to.
func (o *Order) Parcels() []Shipment {
	return slices.DeleteFunc(slices.Clone(o.Shipments), func(s Shipment) bool { return !s.Counts() })
}

// Counts reports whether a shipment is a parcel: not cancelled, and not failed before it left.
func (s *Shipment) Counts() bool {
	switch s.Status {
	case "CANCELLED", "ERROR", "FAILURE":
		return false
	}
	return s.Display != "CANCELED"
}

// State derives one word for a parcel from Shopify's FulfillmentDisplayStatus (Admin API 2026-10).
func (s *Shipment) State() State {
	switch s.Display {
	case "DELIVERED", "PICKED_UP":
		return StateDelivered
	case "OUT_FOR_DELIVERY":
		return StateOutForDelivery
	case "READY_FOR_PICKUP":
		return StateReadyForPickup
	case "IN_TRANSIT", "CARRIER_PICKED_UP":
		return StateInTransit
	case "ATTEMPTED_DELIVERY", "DELAYED", "FAILURE", "NOT_DELIVERED":
		return StateProblem
	}
	if s.Delivered != nil {
		return StateDelivered
	}
	return StateShipped
}
