package lookup

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/shop"
)

const (
	maxProducts = 5 // best ones that an answer may name
	maxWords    = 8 // words that are searched for
	maxSearches = 3 // of one mail
)

// products searches the catalogue for what the customer named, and ranks again by the customer's words: a
// shop's search is made for shoppers, who may choose from a bad first hit.
// searched keeps what was found already, by query.
func (l *Lookup) products(
	ctx context.Context, q question, searched map[string][]shop.Product,
) ([]shop.Product, error) {
	asked := strings.Join(q.Items, " ")
	if asked == "" {
		asked = q.Quote
	}
	ask := tokens(asked)
	if len(ask) == 0 {
		return nil, nil
	}
	query := strings.Join(distinct(ask, maxWords), " ")
	found, known := searched[query]
	if !known && len(searched) < maxSearches {
		var err error
		if found, err = l.catalogue.Products(ctx, query); err != nil {
			return nil, err
		}
		searched[query] = found
	}
	found = slices.DeleteFunc(slices.Clone(found), func(p shop.Product) bool { return p.Status != "ACTIVE" })
	var docs [][]string
	for _, p := range found {
		words := tokens(p.Title + " " + p.Type)
		for _, v := range p.Variants {
			words = append(words, tokens(variant(v.Title)+" "+v.SKU)...)
		}
		docs = append(docs, words)
	}
	hits := newIndex(docs).search(ask)
	// a product with more of the words goes before one that has a rarer word
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.words, a.words) })
	var out []shop.Product
	for _, h := range hits {
		if len(out) < maxProducts && h.words == hits[0].words {
			out = append(out, found[h.doc])
		}
	}
	return out, nil
}
