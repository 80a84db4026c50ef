package ticket

// Intent is what a customer wants, one of a closed list. The model chooses among these and nothing else.
type Intent string

const (
	// OrderStatus: where is my order, its tracking, when will it arrive.
	OrderStatus Intent = "order_status"
	// DeliveryProblem: late, lost, or marked as delivered but missing.
	DeliveryProblem Intent = "delivery_problem"
	// OrderChange: other items or variants before shipping.
	OrderChange Intent = "order_change"
	// AddressChange: another ship-to address for an order.
	AddressChange Intent = "address_change"
	// OrderCancel: cancel an order.
	OrderCancel Intent = "order_cancel"
	// ReturnRequest: send something back and get the money back.
	ReturnRequest Intent = "return_request"
	// ExchangeRequest: swap a received item for another.
	ExchangeRequest Intent = "exchange_request"
	// RefundStatus: where is my refund.
	RefundStatus Intent = "refund_status"
	// ItemProblem: a damaged, wrong or missing item.
	ItemProblem Intent = "item_problem"
	// ProductQuestion: specifications, stock, help with ordering.
	ProductQuestion Intent = "product_question"
	// StorePolicy: shipping, returns, opening hours.
	StorePolicy Intent = "store_policy"
	// PaymentInvoice: a charge, a declined card, an invoice.
	PaymentInvoice Intent = "payment_invoice"
	// DiscountLoyalty: a code, a gift card, a price match.
	DiscountLoyalty Intent = "discount_loyalty"
	// AccountPrivacy: log-in, profile, data protection.
	AccountPrivacy Intent = "account_privacy"
	// SubscriptionMarketing: unsubscribe, newsletter.
	SubscriptionMarketing Intent = "subscription_marketing"
	// ComplaintFeedback: a complaint, a review, praise.
	ComplaintFeedback Intent = "complaint_feedback"
	// HumanRequest: wants a person.
	HumanRequest Intent = "human_request"
	// BusinessOther: wholesale, press, jobs.
	BusinessOther Intent = "business_other"
	// NoReplyNeeded: pure thanks, spam, a newsletter. It goes to the queue, not to silence.
	NoReplyNeeded Intent = "no_reply_needed"
	// Other: none of these, or unclear.
	Other Intent = "other"
)

// Intents lists all intents in the order of the documentation.
var Intents = []Intent{
	OrderStatus, DeliveryProblem, OrderChange, AddressChange, OrderCancel, ReturnRequest, ExchangeRequest,
	RefundStatus, ItemProblem, ProductQuestion, StorePolicy, PaymentInvoice, DiscountLoyalty, AccountPrivacy,
	SubscriptionMarketing, ComplaintFeedback, HumanRequest, BusinessOther, NoReplyNeeded, Other,
}

// Flag marks a mail that a person must see, whatever it asks for. Every flag stops automatic sending.
type Flag string

const (
	// LegalThreat: lawyer, court, regulator.
	LegalThreat Flag = "legal_threat"
	// Chargeback: the customer disputes, or threatens to dispute, the payment at the bank.
	Chargeback Flag = "chargeback"
	// SafetyInjury: somebody was hurt or could be.
	SafetyInjury Flag = "safety_injury"
	// SelfHarm: the writer may harm themselves.
	SelfHarm Flag = "self_harm"
	// Media: press or an influencer asks or threatens to publish.
	Media Flag = "media"
	// Minor: the writer seems to be a child.
	Minor Flag = "minor"
	// Abuse: insults or threats.
	Abuse Flag = "abuse"
	// FraudSuspicion: somebody may be acting in another's name.
	FraudSuspicion Flag = "fraud_suspicion"
	// SuspectedInjection: the mail speaks to a machine and tries to steer it.
	SuspectedInjection Flag = "suspected_injection"
)

// Flags lists all flags.
var Flags = []Flag{
	LegalThreat, Chargeback, SafetyInjury, SelfHarm, Media, Minor, Abuse, FraudSuspicion, SuspectedInjection,
}
