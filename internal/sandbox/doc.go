// Package sandbox is a pretend world on loopback: an IMAP server with a mailbox full of customers' mail, an
// OpenAI-compatible server, a Shopify Admin GraphQL server and a SendGrid server. They speak the real
// protocols and refuse what the real ones refuse, so the demo, the tests and the benchmark run the daemon's
// own code with nothing swapped out.
//
// A [Scenario] is one txtar file: the shop's data, the mails, what lies in Sent, the faults, and what should
// become of each mail. [Start] brings it to life as a [World]. Faults are data, as in a phone book: see
// [PhoneBook].
//
// The stand-in for the language model is replyd's own offline lexicon, and its answers say so in their model
// name.
package sandbox
