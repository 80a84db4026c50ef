// Package sandbox is a pretend world on loopback: an IMAP server with a mailbox full of customers' mail, an
// OpenAI-compatible server, a Shopify Admin GraphQL server and a SendGrid server. They speak the real
// protocols and refuse what the real ones refuse, so the demo, the tests and the benchmark run the daemon's
// own code with nothing swapped out.
//
// The stand-in for the language model is replyd's own offline lexicon, and its answers say so in their model
// name, [BrainName].
//
// # Scenarios
//
// A [Scenario] is one txtar file, read by [Load] and brought to life by [Start]:
//
//	shop.json            the shop in the names of Shopify's Admin types: shop, customers, orders, products, pages,
//	                     scopes. A money field may be "12.50", a connection may be a list; identifiers, totals,
//	                     links and what else follows from the rest may be left out (see shopdata.go)
//	mails/NN-name.eml    what lies in INBOX, in this order
//	sent/NN-name.eml     what lies in Sent
//	want.yaml            for each mail what should become of it: see [Want]
//	faults.yaml          what goes wrong, beside the [PhoneBook]: see [Fault]
//
// Moments are relative to the start: {{ago 3h}}, {{ago 2d4h}}, {{day -5}}, {{day -5 long}} (see relative.go).
// A mail's INTERNALDATE is its Date.
//
// # Looking inside
//
// [World.Outbox], [World.Journal] and [World.Calls] tell what arrived; over HTTP the same stands under
// /_sandbox/outbox of the SendGrid server and /_sandbox/journal of each HTTP server.
package sandbox
