package lookup

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
)

const (
	maxPassages = 3    // an answer that quotes more is a page
	maxPassage  = 1200 // bytes; longer paragraphs are cut into lines first
	maxTexts    = 2000 // paragraphs of all texts together
)

// topics are words that tell which of Shopify's policies a question is about, in the languages that replyd
// answers in. They bridge a question in one language and a policy in another.
var topics = map[string][]string{
	"shipping_policy": tokens(`shipping ship shipped delivery deliver deliveries postage courier abroad
		customs versand versandkosten lieferung lieferzeit lieferkosten liefern livraison livrer expedition
		port envio envios entrega entregas gastos ارسال تحویل پست هزینه پیک`),
	"refund_policy": tokens(`return returns refund refunds exchange money back ruckgabe rucksendung
		zuruckgeben widerruf erstattung umtausch retour retours retourner remboursement rembourser
		echange devolucion devoluciones devolver reembolso cambio مرجوع مرجوعی بازگشت عودت تعویض استرداد`),
	"privacy_policy": tokens(`privacy data gdpr datenschutz daten dsgvo donnees confidentialite rgpd
		privacidad datos حریم خصوصی داده`),
	"contact_information": tokens(`contact phone telephone address location hours open kontakt telefon adresse
		offnungszeiten geoffnet telephone horaires ouvert contacto telefono direccion horario horarios
		تماس تلفن آدرس نشانی ساعت`),
	"subscription_policy": tokens(`subscription subscriptions abo abonnement suscripcion اشتراک`),
}

// paragraph is a passage of a text before it is chosen.
type paragraph struct {
	from int // index of its policy
	text string
}

// passages finds what the store's texts say about a question, best first. likely is the text that requests of
// this kind are usually about; empty for none.
func passages(all []shop.Policy, question, likely string) []shop.Policy {
	ask := tokens(question)
	wanted := topicsOf(ask)
	if likely != "" {
		wanted = []string{likely}
	}
	parts := paragraphs(all)
	var docs [][]string
	for _, p := range parts {
		docs = append(docs, tokens(all[p.from].Title+"\n"+p.text))
	}
	var out []shop.Policy
	take := func(p paragraph) {
		quote := all[p.from]
		quote.Text = p.text
		again := slices.ContainsFunc(out, func(o shop.Policy) bool { return o.Text == p.text })
		if len(out) < maxPassages && !again {
			out = append(out, quote)
		}
	}
	about := func(p paragraph) bool { return slices.Contains(wanted, all[p.from].Kind) }
	hits := newIndex(docs).search(ask)
	slices.SortStableFunc(hits, func(a, b hit) int { // the likely text first, then by score
		return cmp.Or(boolCompare(about(parts[b.doc]), about(parts[a.doc])), cmp.Compare(b.score, a.score))
	})
	for _, h := range hits {
		// one shared word is enough inside the likely text, elsewhere it is chance
		if about(parts[h.doc]) || h.words >= 2 {
			take(parts[h.doc])
		}
	}
	if len(out) == 0 { // the question is in another language: the likely text begins with what matters
		for _, p := range parts {
			if about(p) {
				take(p)
			}
		}
	}
	return out
}

// topicsOf gives the policies that a question's words point at, the one with most words first.
func topicsOf(ask []string) []string {
	count := map[string]int{}
	var kinds []string
	for kind, list := range topics {
		for _, w := range distinct(ask, 200) {
			if slices.Contains(list, w) {
				count[kind]++
			}
		}
		if count[kind] > 0 {
			kinds = append(kinds, kind)
		}
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	if len(kinds) > 1 && count[kinds[0]] > count[kinds[1]] {
		kinds = kinds[:1]
	}
	return kinds
}

// paragraphs cuts the texts at blank lines. A heading stays with what it heads; short lines that head nothing, as
// those of an address, are a paragraph themselves.
func paragraphs(all []shop.Policy) []paragraph {
	var out []paragraph
	for i, p := range all {
		heading := ""
		add := func(text string) {
			if text = strings.TrimSpace(heading + "\n" + text); text != "" {
				out = append(out, paragraph{from: i, text: text})
			}
			heading = ""
		}
		for _, block := range strings.Split(strings.ReplaceAll(p.Text, "\r\n", "\n"), "\n\n") {
			block = strings.TrimSpace(block)
			switch {
			case block == "":
				continue
			case isHeading(block) && len(heading)+len(block) < maxPassage:
				heading = strings.TrimSpace(heading + "\n" + block)
				continue
			}
			for _, piece := range pieces(block) {
				add(piece)
			}
			if len(out) >= maxTexts {
				return out[:maxTexts]
			}
		}
		add("")
	}
	return out[:min(len(out), maxTexts)]
}

// isHeading: one short line that ends like no sentence.
func isHeading(block string) bool {
	last, _ := utf8.DecodeLastRuneInString(block)
	return len(block) <= 80 && !strings.Contains(block, "\n") && !strings.ContainsRune(".!;,؟。", last)
}

// pieces cuts a long block into lines, and lines together up to the limit.
func pieces(block string) []string {
	if len(block) <= maxPassage {
		return []string{block}
	}
	var out []string
	for _, line := range strings.SplitAfter(block, "\n") {
		if n := len(out); n > 0 && len(out[n-1])+len(line) <= maxPassage {
			out[n-1] += line
			continue
		}
		for len(line) > maxPassage { // a wall of text: cut at its last sentence that fits
			at := strings.LastIndex(line[:maxPassage], ". ")
			if at < maxPassage/2 {
				at = strings.LastIndex(line[:maxPassage], " ")
			}
			if at <= 0 { // no spaces, as in Chinese: cut anywhere
				at = len(clip(line, maxPassage)) - 1
			}
			out, line = append(out, line[:at+1]), line[at+1:]
		}
		out = append(out, line)
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
