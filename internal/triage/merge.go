package triage

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/ticket"
)

// yields lists what an intent is incidental to: who wants a broken lamp replaced asks for one thing, not two.
var yields = map[ticket.Intent][]ticket.Intent{
	ticket.ItemProblem:     {ticket.ReturnRequest, ticket.ExchangeRequest},
	ticket.OrderStatus:     {ticket.RefundStatus},
	ticket.ReturnRequest:   {ticket.RefundStatus},
	ticket.DeliveryProblem: {ticket.ItemProblem},
	ticket.ComplaintFeedback: {ticket.OrderStatus, ticket.DeliveryProblem, ticket.OrderChange, ticket.AddressChange,
		ticket.OrderCancel, ticket.ReturnRequest, ticket.ExchangeRequest, ticket.RefundStatus, ticket.ItemProblem,
		ticket.PaymentInvoice, ticket.ProductQuestion, ticket.StorePolicy, ticket.DiscountLoyalty,
		ticket.AccountPrivacy, ticket.SubscriptionMarketing, ticket.HumanRequest},
}

// requests merges the sentences' intents into the mail's.
func (r *reading) requests() []ticket.Request {
	merged := map[ticket.Intent]*candidate{}
	for _, c := range r.found {
		m, ok := merged[c.intent]
		if !ok {
			merged[c.intent] = &c
			continue
		}
		sum := together(m.score, c.score)
		if c.score > m.score && r.sentences[m.sentence].subject || c.score > m.score+1 {
			m.sentence = c.sentence
		}
		m.score, m.order = sum, min(m.order, c.order)
	}
	list := make([]*candidate, 0, len(merged))
	for _, intent := range ticket.Intents {
		if c := merged[intent]; c != nil && c.score >= enough {
			list = append(list, c)
		}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(c *candidate) bool { return r.incidental(c, list) })
	if len(list) == 0 || len(list) == 1 && list[0].intent == ticket.NoReplyNeeded && r.wantsMore() {
		list = r.fallback(merged)
	}
	slices.SortStableFunc(list, func(a, b *candidate) int {
		switch {
		case a.order < b.order:
			return -1
		case a.order > b.order:
			return 1
		}
		return 0
	})
	r.placeRefs(list)
	out := make([]ticket.Request, 0, len(list))
	for _, c := range list {
		sure := confidence(c.score)
		if r.doubtful(c) {
			sure = min(sure, doubted)
		}
		out = append(out, ticket.Request{Intent: c.intent, OrderRefs: c.refs, Quote: r.quote(c.sentence), Confidence: sure})
	}
	return out
}

// doubted is the most confidence in a question that need not be this store's to answer.
const doubted = 0.55

// knowledge marks the questions that the world asks everybody: "what is the return policy of the library", "what
// size is the moon".
var knowledge = map[ticket.Intent]bool{
	ticket.StorePolicy: true, ticket.ProductQuestion: true, ticket.OrderStatus: true, ticket.RefundStatus: true,
}

// doubtful reports whether a question may be another's to answer: it names someone or something else, or it is
// put to nobody.
func (r *reading) doubtful(c *candidate) bool {
	if !knowledge[c.intent] {
		return false
	}
	if r.sentences[c.sentence].speaks(forElsewhere) {
		return true
	}
	general := c.intent == ticket.StorePolicy || c.intent == ticket.ProductQuestion
	return general && r.lang.tellsAddress &&
		!slices.ContainsFunc(r.sentences, func(s sentence) bool { return s.speaks(forAddress) })
}

// speaks reports whether a phrase of the kind was found.
func (s *sentence) speaks(kind int) bool {
	return slices.ContainsFunc(s.hits, func(h hit) bool { return h.phrase.target.kind == kind })
}

// incidental reports whether a candidate only goes with another one of the list. "Where is it?" and "it has not
// come" are one request: the one that the words speak for more.
func (r *reading) incidental(c *candidate, list []*candidate) bool {
	for _, o := range list {
		if o == c {
			continue
		}
		if c.intent == ticket.ProductQuestion && orderWish[o.intent] && !r.asks(c.sentence) {
			return true // "I would like it in blue": a wish about the order, not a question about the product
		}
		pair := c.intent == ticket.OrderStatus && o.intent == ticket.DeliveryProblem && c.score <= o.score ||
			c.intent == ticket.DeliveryProblem && o.intent == ticket.OrderStatus && c.score < o.score
		if pair || c.intent == ticket.NoReplyNeeded || c.intent == ticket.Other || slices.Contains(yields[c.intent], o.intent) {
			return true
		}
	}
	return false
}

// orderWish marks the wishes that are often explained with words about products.
var orderWish = map[ticket.Intent]bool{
	ticket.OrderChange: true, ticket.ExchangeRequest: true, ticket.ReturnRequest: true, ticket.OrderCancel: true,
	ticket.ItemProblem: true,
}

// asks reports whether a sentence ends as a question.
func (r *reading) asks(sentence int) bool {
	s := r.text[r.sentences[sentence].start:r.sentences[sentence].end]
	return strings.HasSuffix(s, "?") || strings.HasSuffix(s, "؟")
}

// manyWords is the length of a sentence that says more than thanks.
const manyWords = 8

// wantsMore reports whether a mail with words of thanks asks or tells something besides: thanks in advance.
func (r *reading) wantsMore() bool {
	for i, s := range r.sentences {
		thanks := slices.ContainsFunc(s.hits, func(h hit) bool {
			return h.phrase.target.name == string(ticket.NoReplyNeeded)
		})
		if !s.subject && !r.steering[i] && (r.asks(i) || !thanks && len(s.tokens) >= manyWords) {
			return true
		}
	}
	return false
}

// fallback gives the best guess, or Other: there is always one request.
func (r *reading) fallback(merged map[ticket.Intent]*candidate) []*candidate {
	var best *candidate
	for _, intent := range ticket.Intents {
		if c := merged[intent]; c != nil && c.score >= hint && (best == nil || c.score > best.score) {
			best = c
		}
	}
	if best != nil && best.intent != ticket.NoReplyNeeded {
		return []*candidate{best}
	}
	return []*candidate{{intent: ticket.Other, score: 1, sentence: r.longest()}}
}

// longest gives the sentence that says most and does not steer: the quote for what is not understood.
func (r *reading) longest() int {
	best, most := 0, -1
	for i, s := range r.sentences {
		n := len(s.tokens)
		if s.subject {
			n /= 4
		}
		if !r.steering[i] && n > most {
			best, most = i, n
		}
	}
	return best
}

// aboutOrders marks the intents that an order reference belongs to.
var aboutOrders = map[ticket.Intent]bool{
	ticket.OrderStatus: true, ticket.DeliveryProblem: true, ticket.OrderChange: true, ticket.AddressChange: true,
	ticket.OrderCancel: true, ticket.ReturnRequest: true, ticket.ExchangeRequest: true, ticket.RefundStatus: true,
	ticket.ItemProblem: true, ticket.PaymentInvoice: true,
}

// placeRefs gives each request the references of its own sentence; a request without any takes those that no
// request has, or, where the mail names one order only, that one.
func (r *reading) placeRefs(list []*candidate) {
	if len(r.sentences) == 0 {
		return
	}
	all := r.allRefs()
	used := map[string]bool{}
	for _, c := range list {
		for _, ref := range r.sentences[c.sentence].refs {
			if !slices.Contains(c.refs, ref.value) && (aboutOrders[c.intent] || len(list) == 1) {
				c.refs = append(c.refs, ref.value)
				used[ref.value] = true
			}
		}
	}
	var free []string
	for _, ref := range all {
		if !used[ref] {
			free = append(free, ref)
		}
	}
	for _, c := range list {
		if len(c.refs) > 0 || !aboutOrders[c.intent] {
			continue
		}
		if len(free) > 0 {
			c.refs, free = free, nil
		} else if len(all) == 1 {
			c.refs = all
		}
	}
	if len(free) > 0 && len(list) > 0 {
		list[0].refs = append(slices.Clip(list[0].refs), free...)
	}
}

// maxQuote bounds a quote in bytes.
const maxQuote = 600

// quote gives a sentence as it stands in the mail, on one line.
func (r *reading) quote(i int) string {
	if i >= len(r.sentences) {
		return ""
	}
	s := r.text[r.sentences[i].start:r.sentences[i].end]
	return strings.Join(strings.FieldsFunc(clip(s, maxQuote), unicode.IsSpace), " ")
}

// confidence maps a score to 0 … 1: 3 → 0.35, 5 → 0.51, 8 → 0.68, 10 → 0.76, 20 → 0.94.
func confidence(score float64) float64 {
	return math.Round(100*(1-math.Exp(-score/7))) / 100
}
