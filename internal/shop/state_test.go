package shop

import (
	"testing"
	"time"
)

func TestStateOfAnOrderIsThatOfItsLeastAdvancedParcel(t *testing.T) {
	day := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	parcel := func(displays ...string) []Shipment {
		var out []Shipment
		for _, d := range displays {
			out = append(out, Shipment{Status: "SUCCESS", Display: d})
		}
		return out
	}
	tests := []struct {
		name  string
		order Order
		want  State
	}{
		{"cancelled beats all", Order{Cancelled: &day, Shipments: parcel("DELIVERED")}, StateCancelled},
		{"paid and waiting", Order{Financial: "PAID", Fulfillment: "UNFULFILLED"}, StatePreparing},
		{"not paid", Order{Financial: "PENDING", Fulfillment: "UNFULFILLED"}, StateUnpaid},
		{"held", Order{Financial: "PAID", Fulfillment: "ON_HOLD"}, StateOnHold},
		{"one parcel", Order{Fulfillment: "FULFILLED", Shipments: parcel("IN_TRANSIT")}, StateInTransit},
		{
			"two parcels",
			Order{Fulfillment: "FULFILLED", Shipments: parcel("DELIVERED", "OUT_FOR_DELIVERY")},
			StateOutForDelivery,
		},
		{
			"trouble first",
			Order{Fulfillment: "FULFILLED", Shipments: parcel("IN_TRANSIT", "DELAYED")},
			StateProblem,
		},
		{
			"all there",
			Order{Fulfillment: "FULFILLED", Shipments: parcel("DELIVERED", "PICKED_UP")},
			StateDelivered,
		},
		{
			"part is missing",
			Order{Fulfillment: "PARTIALLY_FULFILLED", Shipments: parcel("DELIVERED")},
			StatePartlyShipped,
		},
		{"a cancelled parcel does not count", Order{
			Financial: "PAID", Fulfillment: "UNFULFILLED",
			Shipments: []Shipment{{Status: "CANCELLED", Display: "CANCELED"}},
		}, StatePreparing},
		{
			"only marked as shipped",
			Order{Fulfillment: "FULFILLED", Shipments: parcel("MARKED_AS_FULFILLED")},
			StateShipped,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.order.State(); got != tt.want {
				t.Errorf("State() = %s, want %s", got, tt.want)
			}
		})
	}
}
