/*
Command replyd answers a Shopify store's support mail.

A mail's way through the program, in the order in which to read it:

  - internal/ticket/state.go: the states of a turn, from a mail that came in to a reply that went out
  - internal/app/steps.go: the program on one page, one step for each state
  - internal/app/intake.go: how a mail becomes a turn: read (internal/mail), know who wrote it
    (internal/identity), find its ticket (internal/thread), ask whether it may be answered (internal/gate)
  - internal/triage: what the customer wants, read by a language model (internal/openai) with quotes as evidence
  - internal/lookup: the facts that this needs, for this customer alone (internal/shopify)
  - internal/reply and internal/ground: a reply from a template, and the proof that every token of it is true
  - internal/policy: whether it may go out without a person; if not, internal/web shows it on the desk
  - internal/sendgrid: the reply leaves, once
  - internal/store and internal/pipeline: what is remembered, and who works on it next
  - internal/imports_test.go: which of these may know which
*/
package main
