package ground

import (
	"regexp"
	"strings"

	"github.com/replyd/replyd/internal/shop"
)

// state is something that a text may say of an order only when a status fact makes it true.
type state struct {
	name  string
	words *regexp.Regexp
	facts string // "group:STATUS …"; see groupOf
}

// states lists what is watched for. The words are those of five languages; the statuses Shopify's
// (FulfillmentDisplayStatus, OrderDisplayFulfillmentStatus, OrderDisplayFinancialStatus,
// OrderTransactionStatus, ReturnStatus; Admin GraphQL API 2026-10) and shop.State's.
func newStates() []state {
	return []state{
		{"shipped", bounded(
			`shipped`, `dispatched`, `sent out`, `on (?:its|the|their) way`, `in transit`, `left our (?:warehouse|store)`,
			`(?:has been|was|were|have) sent`,
			`verschickt`, `versandt`, `versendet`, `abgeschickt`, `unterwegs`,
			`expédiée?s?`, `envoyée?s?`, `en route`,
			`enviad[oa]s?`, `enviamos`, `despachad[oa]s?`, `en camino`,
			`(?:ارسال|فرستاده|پست) ?(?:شد|شده|شدهاست|کردیم|کرده|کردهایم)`, `در راه (?:است|هستند)`,
		), "ship:IN_TRANSIT ship:OUT_FOR_DELIVERY ship:DELIVERED ship:ATTEMPTED_DELIVERY ship:FULFILLED ship:SHIPPED " +
			"ship:MARKED_AS_FULFILLED ship:DELAYED ship:CARRIER_PICKED_UP ship:PICKED_UP ship:READY_FOR_PICKUP ship:FAILURE " +
			"ship:NOT_DELIVERED ship:PARTIALLY_FULFILLED ship:PARTLY_SHIPPED ship:DELIVERY_PROBLEM"},
		{"delivered", bounded(
			`delivered`, `(?:was|were|been) picked up`, `zugestellt`, `ausgeliefert`, `geliefert`, `abgeholt`,
			`livrée?s?`, `(?:été|est) retirée? le`, `entregad[oa]s?`, `(?:fue|ha sido) recogid[oa]`,
			`تحویل ?(?:داده|گرفته)? ?(?:شد|شده|شدهاست|دادیم|دادهایم)`,
		), "ship:DELIVERED ship:PICKED_UP"},
		{"out for delivery", bounded(`out for delivery`, `in (?:der )?zustellung`, `en cours de livraison`, `en reparto`),
			"ship:OUT_FOR_DELIVERY"},
		{"refunded", bounded(
			`refunded`, `reimbursed`, `(?:refund|money) (?:was|has been|is) (?:issued|made|sent|paid|completed|credited)`,
			`(?:zurück|rück)?erstattet`, `zurückgezahlt`, `gutgeschrieben`, `remboursée?s?`,
			`reembolsad[oa]s?`, `reembolsamos`, `devuelto el dinero`,
			`(?:بازگردانده|برگردانده|برگشت داده|عودت داده|مسترد|واریز) ?(?:شد|شده|شدهاست|کردیم|کردهایم)`,
			`(?:بازگرداندیم|برگرداندیم)`,
		), "pay:REFUNDED pay:PARTIALLY_REFUNDED refund:SUCCESS"},
		{"cancelled", bounded(
			`cancell?ed`, `voided`, `storniert`, `annulliert`, `annulée?s?`, `cancelad[oa]s?`, `canceló`, `cancelamos`,
			`anulad[oa]s?`, `(?:لغو|کنسل) ?(?:شد|شده|شدهاست|کردیم|کرده|کردهایم)`,
		), "ship:CANCELLED ship:CANCELED pay:VOIDED return:CANCELED return:CANCELLED"},
		{"approved", bounded(
			`approved`, `accepted`, `granted`, `genehmigt`, `bewilligt`, `approuvée?s?`, `acceptée?s?`, `aprobad[oa]s?`,
			`aceptad[oa]s?`, `(?:تایید|موافقت|پذیرفته) ?(?:شد|شده|شدهاست|کردیم|کردهایم)`,
		), "return:OPEN return:CLOSED"},
		{"declined", bounded(
			`declined`, `rejected`, `refused`, `abgelehnt`, `refusée?s?`, `rejetée?s?`, `rechazad[oa]s?`, `denegad[oa]s?`,
			`رد ?(?:شد|شده|شدهاست|کردیم|کردهایم)`, `پذیرفته ?نشد`,
		), "return:DECLINED ship:REQUEST_DECLINED"},
		{"paid", bounded(
			`(?:is|been|was) (?:fully )?paid`, `ist (?:vollständig |zum teil )?bezahlt`, `est (?:entièrement )?payée?`,
			`está pagad[oa]`, `پرداخت ?(?:شد|شده|شدهاست)`,
		), "pay:PAID pay:PARTIALLY_PAID pay:REFUNDED pay:PARTIALLY_REFUNDED"},
		{"in stock", bounded(`in stock`, `(?:auf lager|vorrätig)`, `en stock`, `en existencias`, `موجود (?:است|هست)`),
			"stock:IN_STOCK"},
		{"sold out", bounded(`sold out`, `out of stock`, `ausverkauft`, `épuisée?s?`, `en rupture`, `agotad[oa]s?`, `ناموجود`),
			"stock:OUT_OF_STOCK"},
	}
}

// newPromise lists words that bind the store to something. Nobody but a person may write them.
func newPromise() *regexp.Regexp {
	return bounded(
		`guarante\w*`, `promis\w*`, `compensat\w*`, `free of charge`, `for free`, `definitely`,
		`(?:will|'ll) (?:arrive|refund|replace|pay|reimburse|be (?:delivered|refunded|shipped|replaced|reimbursed|there))`,
		`garanti\w*`, `versprechen`, `versprochen`, `entschädig\w*`, `kostenlos\w*`, `kostenfrei\w*`, `gratis`,
		`(?:wird|werden) (?:[^.!?]{0,60} )?(?:ankommen|eintreffen|geliefert|zugestellt|erstattet|ersetzt)`,
		`promett\w*`, `promesse`, `dédommag\p{L}*`, `indemnis\p{L}*`, `gratuit\w*`, `offerte?s?`, `arrivera`,
		`sera (?:livré|remboursé|expédié|remplacé)\p{L}*`,
		`garantiz\p{L}*`, `garantía`, `prometemos`, `prometo`, `promesa`, `compensa\p{L}*`, `indemniza\p{L}*`, `llegará`,
		`será (?:entregad|reembolsad|enviad|reemplazad)\p{L}*`,
		`تضمین\p{L}*`, `ضمانت\p{L}*`, `قول می ?(?:دهم|دهیم)`, `جبران\p{L}*`, `غرامت`, `رایگان`, `مجانی`,
		`(?:خواهد|خواهیم) (?:رسید|شد|کرد|فرستاد|داد)`,
	)
}

// free is a promise too, unless somebody is told to feel free.
func newFree() *regexp.Regexp { return bounded(`(?:feel )?free`) }

// groupOf tells which of Shopify's lists a status fact comes from, by the slot that it fills.
func groupOf(f shop.Fact) string {
	switch {
	case strings.Contains(f.Name, "financial"):
		return "pay"
	case strings.Contains(f.Name, "refund"):
		return "refund"
	case strings.Contains(f.Name, "return"):
		return "return"
	case strings.Contains(f.Name, "available"):
		return "stock"
	}
	return "ship"
}

// allows reports whether one of the status facts makes the state true.
func (s *state) allows(facts []shop.Fact) bool {
	for _, f := range facts {
		for _, want := range strings.Fields(s.facts) {
			if want == groupOf(f)+":"+f.Value {
				return true
			}
		}
	}
	return false
}
