// Package lookup turns what a customer wants into facts: it plans by intent what to look up, finds the one
// order that is meant among the sender's own orders, and lists every value that an answer may state. Its
// scope comes from ticket.Identity.Disclosure alone: neither a model's output nor an order number in a mail
// widens it.
package lookup
