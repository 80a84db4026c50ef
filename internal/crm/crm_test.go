package crm

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

var day = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func turn(id string, after time.Duration, sentiment int, intents ...ticket.Intent) *ticket.Turn {
	tr := &ticket.Triage{Language: "de", Sentiment: sentiment}
	for _, i := range intents {
		tr.Requests = append(tr.Requests, ticket.Request{Intent: i})
	}
	return &ticket.Turn{
		ID: ticket.TurnID(id), Ticket: "t1", Triage: tr,
		Sender: ticket.Identity{
			Address: "anna@mail.example", Name: "Anna", Verdict: "pass",
			Via: ticket.Direct,
		},
		Findings: &shop.Findings{Customer: &shop.Customer{ID: "gid://shopify/Customer/7"}},
		Verdicts: []ticket.Verdict{{Decision: ticket.Send, By: ticket.Policy}},
		Receipt:  &ticket.Receipt{AcceptedAt: day.Add(after)},
	}
}

func TestTags(t *testing.T) {
	unproven := turn("u1", 0, 0, ticket.OrderStatus)
	unproven.Sender.Verdict = "none"
	form := turn("u1", 0, 0, ticket.OrderStatus)
	form.Sender.Via = ticket.Form
	unread := turn("u1", 0, 0)
	unread.Triage = nil
	tests := []struct {
		name  string
		turn  *ticket.Turn
		score int
		want  []string
	}{
		{
			"one request", turn("u1", 0, 0, ticket.OrderStatus), 0,
			[]string{"replyd:intent/order_status", "replyd:sentiment/neutral"},
		},
		{
			"the same twice", turn("u1", 0, -2, ticket.OrderStatus, ticket.OrderStatus), 0,
			[]string{"replyd:intent/order_status", "replyd:sentiment/negative"},
		},
		{
			"two, and rated", turn("u1", 0, 1, ticket.StorePolicy, ticket.ReturnRequest), 5,
			[]string{
				"replyd:csat/happy", "replyd:intent/return_request", "replyd:intent/store_policy",
				"replyd:sentiment/positive",
			},
		},
		{"rated badly", turn("u1", 0, 0), 2, []string{"replyd:csat/unhappy", "replyd:sentiment/neutral"}},
		{
			"other says nothing", turn("u1", 0, 0, ticket.Other), 3,
			[]string{"replyd:csat/neutral", "replyd:sentiment/neutral"},
		},
		{"an intent that is none", turn("u1", 0, 0, "x,y"), 9, []string{"replyd:sentiment/neutral"}},
		{"not read", unread, 4, []string{"replyd:csat/happy"}},
		{"not proven", unproven, 5, nil},
		{"only claimed in a form", form, 5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, Tags(tt.turn, tt.score)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestStale(t *testing.T) {
	have := []string{"vip", "replyd:sentiment/negative", "replyd:csat/unhappy", "replyd:intent/order_status"}
	tests := []struct{ earned, want []string }{
		{
			[]string{"replyd:sentiment/positive", "replyd:intent/store_policy"},
			[]string{"replyd:sentiment/negative"},
		},
		{[]string{"replyd:csat/happy"}, []string{"replyd:csat/unhappy"}},
		{[]string{"replyd:csat/unhappy"}, nil},
		{nil, nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, Stale(have, tt.earned)); d != "" {
			t.Errorf("%v: %s", tt.earned, d)
		}
	}
}

func TestATurnIsRecordedOnce(t *testing.T) {
	c := &ticket.Contact{}
	second, first := turn("u2", time.Hour, 1, ticket.StorePolicy),
		turn("u1", 0, -1, ticket.OrderStatus, ticket.OrderStatus)
	for range 2 {
		Record(c, second)
		Record(c, first)
	}
	want := &ticket.Contact{
		Address: "anna@mail.example", Name: "Anna", Language: "de", ShopifyID: "gid://shopify/Customer/7",
		First: day, Last: day.Add(time.Hour),
		Tags: []string{
			"replyd:intent/store_policy", "replyd:sentiment/positive",
			"replyd:intent/order_status",
		},
		Interactions: []ticket.Interaction{
			{
				Turn: "u1", Ticket: "t1", At: day, Intents: []ticket.Intent{ticket.OrderStatus}, Sentiment: -1,
				Auto: true,
			},
			{
				Turn: "u2", Ticket: "t1", At: day.Add(time.Hour), Intents: []ticket.Intent{ticket.StorePolicy},
				Sentiment: 1, Auto: true,
			},
		},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
}

func TestAnotherPersonsTurnChangesNothing(t *testing.T) {
	c := &ticket.Contact{}
	Record(c, turn("u1", 0, 0, ticket.OrderStatus))
	before := fmt.Sprintf("%+v", *c)
	other := turn("u2", time.Hour, 0, ticket.OrderStatus)
	other.Sender.Address = "bob@mail.example"
	forged := turn("u3", time.Hour, 0, ticket.OrderStatus)
	forged.Sender.Verdict = "fail"
	Record(c, other)
	Record(c, forged)
	if after := fmt.Sprintf("%+v", *c); after != before {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
}

func TestTheLastRatingCounts(t *testing.T) {
	c := &ticket.Contact{}
	Record(c, turn("u1", 0, 0, ticket.OrderStatus))
	mine := ticket.Rating{Turn: "u1", Address: "anna@mail.example"}
	for _, step := range []struct {
		change func(*ticket.Rating)
		want   int
	}{
		{func(r *ticket.Rating) { r.Score = 2 }, 2},
		{func(r *ticket.Rating) { r.Score = 5 }, 5},
		{func(r *ticket.Rating) { r.Score = 6 }, 5},
		{func(r *ticket.Rating) { r.Score = 0 }, 5},
		{func(r *ticket.Rating) { r.Score, r.Address = 1, "bob@mail.example" }, 5},
		{func(r *ticket.Rating) { r.Score, r.Turn = 1, "u9" }, 5},
	} {
		r := mine
		step.change(&r)
		Rate(c, r)
		if got := c.Interactions[0].Score; got != step.want {
			t.Errorf("after %+v: %d, want %d", r, got, step.want)
		}
	}
	want := []string{"replyd:intent/order_status", "replyd:sentiment/neutral", "replyd:csat/happy"}
	if d := cmp.Diff(want, c.Tags); d != "" {
		t.Error(d)
	}
}

func TestAContactKeepsItsNewestInteractions(t *testing.T) {
	c := &ticket.Contact{}
	for i := range maxInteractions + 5 {
		Record(c, turn(fmt.Sprint("u", i), time.Duration(i)*time.Minute, 0))
	}
	if n := len(c.Interactions); n != maxInteractions || c.Interactions[0].Turn != "u5" {
		t.Errorf("%d, oldest %s", n, c.Interactions[0].Turn)
	}
}
