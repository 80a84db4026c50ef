package config

import "time"

// Config is the whole file. The comments below are also those of replyd.example.yaml (go test ./config
// -update writes them there), so they speak to the owner of a store.
type Config struct {
	// Folder for everything that replyd keeps: tickets, decisions, ratings. Relative paths in this file start
	// at the file's own folder.
	Data string `yaml:"data"`
	// What happens to a finished draft: shadow = it is only written, never sent; approval = a person sends it
	// with a click; auto = it goes out by itself when nothing speaks against it.
	Mode Mode `yaml:"mode"`
	// The mode of single intents. The more careful of this and `mode` counts; what is not listed is approval.
	// auto is possible for order_status, refund_status, store_policy, product_question, return_request and
	// exchange_request.
	Intents map[string]Mode `yaml:"intents"`
	// How long to wait for a customer's next mail before answering: a burst of mails gets one answer.
	QuietTime time.Duration `yaml:"quiet_time"`
	// How many mails are worked on at the same time.
	Workers int `yaml:"workers"`
	// Who reads the mails: openai = a language model; lexicon = only the built-in word lists, which understand
	// less, so that everything they read needs a person.
	Engine Engine `yaml:"engine"`
	// Let the language model word replies that have no fixed answer, around the looked-up values, which it does
	// not see. What it worded always waits for a person.
	Writer bool `yaml:"writer"`
	// Folder with your own instructions, reply templates and word lists. A file here replaces the built-in one
	// of the same path.
	Prompts string `yaml:"prompts"`
	// Folder with your own texts in Markdown, such as care instructions, sizes or opening hours. Questions are
	// answered from them as from the shop's policies. A head with `title:` and `url:` between lines of --- may
	// name the page where customers read more. Changes count within half a minute.
	Knowledge string `yaml:"knowledge"`
	// Your store, as replies speak of it.
	Store Store `yaml:"store"`
	// The mailboxes to answer.
	IMAP []Account `yaml:"imap"`
	// The language model. Any server that speaks OpenAI's protocol will do.
	OpenAI OpenAI `yaml:"openai"`
	// Where orders, products and policies are looked up.
	Shopify Shopify `yaml:"shopify"`
	// What sends the replies.
	SendGrid SendGrid `yaml:"sendgrid"`
	// The desk, where staff review drafts, and the pages where customers rate an answer.
	Web Web `yaml:"web"`
	// When staff answers, and how soon. It orders the queue and says what is late.
	Desk Desk `yaml:"desk"`
	// Who is told, without any mail text, when a mail waits for a person. Remove an entry to stop it.
	Notify []Notify `yaml:"notify"`
	// Brakes. What exceeds one of them waits for a person.
	Limits Limits `yaml:"limits"`
	// The log, on standard error. It holds no mail text, no address, no secret.
	Log Log `yaml:"log"`

	// Given are the keys that the file sets. It is none itself.
	Given Given `yaml:"-"`
}

// Store describes the store.
type Store struct {
	// The name that replies are signed with.
	Name string `yaml:"name"`
	// The shop's web address.
	URL string `yaml:"url"`
	// Replies come from here. The domain must be authenticated at SendGrid.
	From Address `yaml:"from"`
	// The language of replies when a mail's own is not supported, as a two-letter code.
	Language string `yaml:"language"`
	// The zone in which dates are told, as in the IANA database.
	Zone string `yaml:"zone"`
	// More addresses of yours; @example.com stands for a whole domain. Mail from them is from staff and is
	// never answered.
	OwnAddresses []string `yaml:"own_addresses"`
	// Senders of your contact forms. Their Reply-To is the customer, whose address then is only claimed.
	Forms []string `yaml:"forms"`
	// Addresses of your own groups, such as Google Groups, that pass mail on to the inbox and rewrite From.
	Groups []string `yaml:"groups"`
	// What stands around the number in your order names: "#" and "" for #1001.
	OrderName OrderName `yaml:"order_name"`
	// Hosts that a reply may link to, besides the shop's own.
	LinkHosts []string `yaml:"link_hosts"`
	// Who signs the replies, above the store's name. Empty = the store's name alone.
	Signature string `yaml:"signature"`
	// How the store speaks with customers, for the language model: "warm, and never formal". It changes how mails
	// are read, not the wording of the reply templates.
	Tone string `yaml:"tone"`
	// House rules for reading mails, one sentence each, for the language model: "A mail about a workshop is
	// business_other."
	Rules []string `yaml:"rules"`
}

// Address is a sender.
type Address struct {
	// The mailbox.
	Address string `yaml:"address"`
	// The name that mail programs show.
	Name string `yaml:"name"`
}

// OrderName is how the store names orders.
type OrderName struct {
	// What stands before the number.
	Prefix string `yaml:"prefix"`
	// What stands after it.
	Suffix string `yaml:"suffix"`
}

// Account is one IMAP mailbox.
type Account struct {
	// Your name for it, for the log and the desk.
	Name string `yaml:"name"`
	// Server and port: 993 for tls, 143 for starttls.
	Addr string `yaml:"addr"`
	// tls, starttls, or none. none is for a server on this machine only.
	Security Security `yaml:"security"`
	// The log-in name, mostly the address.
	User string `yaml:"user"`
	// login = with a password; xoauth2 or oauthbearer = with a token, as Google and Microsoft want it.
	Auth Auth `yaml:"auth"`
	// The password, if this file is readable by its owner only.
	Password Secret `yaml:"password"`
	// A file that holds the password, instead.
	PasswordFile string `yaml:"password_file"`
	// Where tokens come from, for xoauth2 and oauthbearer.
	OAuth OAuth `yaml:"oauth"`
	// The folders to watch. At Gmail, INBOX alone.
	Folders []string `yaml:"folders"`
	// Where your mail programs keep what staff sent: a person's answer there stops replyd's. Empty = ask the
	// server.
	SentFolder string `yaml:"sent_folder"`
	// Put drafts into this folder too, so that they can be sent from a mail program.
	DraftsFolder string `yaml:"drafts_folder"`
	// Move a mail to this folder when its turn is done. Empty = leave it where it is.
	MoveTo string `yaml:"move_to"`
	// Mark a mail with this keyword when its turn is done. Empty = no mark.
	Keyword string `yaml:"keyword"`
	// The name with which your provider signs its Authentication-Results, such as mx.google.com; * stands for
	// anything. Without one nobody counts as authenticated and everything needs a person.
	AuthservIDs []string `yaml:"authserv_ids"`
	// How often to look, besides the server's own notice.
	Poll time.Duration `yaml:"poll"`
	// Larger mails are held, in MiB.
	MaxSize int `yaml:"max_size"`
}

// OAuth is where access tokens of a mailbox come from.
type OAuth struct {
	// google or microsoft.
	Provider Provider `yaml:"provider"`
	// The application's id, as the provider's console shows it.
	ClientID string `yaml:"client_id"`
	// The application's secret.
	ClientSecret Secret `yaml:"client_secret"`
	// A file that holds it, instead.
	ClientSecretFile string `yaml:"client_secret_file"`
	// The directory (tenant) id at Microsoft.
	Tenant string `yaml:"tenant"`
	// The refresh token of the mailbox.
	RefreshToken Secret `yaml:"refresh_token"`
	// A file that holds it, instead.
	RefreshTokenFile string `yaml:"refresh_token_file"`
}

// OpenAI is the language model.
type OpenAI struct {
	// The API key, if this file is readable by its owner only.
	Key Secret `yaml:"key"`
	// A file that holds the key, instead.
	KeyFile string `yaml:"key_file"`
	// The server. For Ollama: http://localhost:11434/v1
	BaseURL string `yaml:"base_url"`
	// responses = OpenAI's own; chat = for compatible servers.
	API API `yaml:"api"`
	// The model. It must be able to call functions with a strict schema.
	Model string `yaml:"model"`
	// How much it may think before it answers. More costs more and is slower.
	Effort Effort `yaml:"effort"`
	// After this long the word lists read the mail instead, and a person decides.
	Timeout time.Duration `yaml:"timeout"`
	// What a million tokens cost, for the numbers on the desk and for the budget.
	Prices Prices `yaml:"prices"`
	// The most to spend in a day, in the currency of the prices. 0 = no limit.
	DailyBudget float64 `yaml:"daily_budget"`
}

// Prices are per million tokens.
type Prices struct {
	// What is sent.
	Input float64 `yaml:"input"`
	// What is sent and was cached.
	Cached float64 `yaml:"cached"`
	// What comes back.
	Output float64 `yaml:"output"`
}

// Shopify is the shop's Admin API.
type Shopify struct {
	// The shop's name: "lavender-oak" for lavender-oak.myshopify.com.
	Shop string `yaml:"shop"`
	// The client id of your app in Shopify's Dev Dashboard.
	ClientID string `yaml:"client_id"`
	// The app's client secret, if this file is readable by its owner only.
	ClientSecret Secret `yaml:"client_secret"`
	// A file that holds the client secret, instead.
	ClientSecretFile string `yaml:"client_secret_file"`
	// The access token of an older custom app, instead of client id and secret.
	Token Secret `yaml:"token"`
	// A file that holds the token, instead.
	TokenFile string `yaml:"token_file"`
	// The version of the API.
	Version string `yaml:"version"`
	// Another server in Shopify's place, for the sandbox.
	Endpoint string `yaml:"endpoint"`
}

// SendGrid is the sending service.
type SendGrid struct {
	// The API key, if this file is readable by its owner only. It needs the scope mail.send.
	Key Secret `yaml:"key"`
	// A file that holds the key, instead.
	KeyFile string `yaml:"key_file"`
	// Send through the servers in the European Union.
	EU bool `yaml:"eu"`
	// Another server in SendGrid's place, for the sandbox.
	Endpoint string `yaml:"endpoint"`
	// The verification key of the signed event webhook, which tells of bounces. Its address is
	// <public_url>/events/sendgrid.
	WebhookPublicKey string `yaml:"webhook_public_key"`
}

// Web is the desk.
type Web struct {
	// Host and port to listen on. Empty = no desk.
	Listen string `yaml:"listen"`
	// The address under which browsers reach it, for links in mails. Without it replies ask for no rating.
	PublicURL string `yaml:"public_url"`
	// Who may log in from the first start. `replyd passwd` prints an entry. More people are invited at the desk,
	// and what is changed there stays; a new hash here sets a lost password anew.
	Users []User `yaml:"users"`
	// Log-in through your identity provider, besides or instead of passwords.
	OIDC OIDC `yaml:"oidc"`
	// How long a log-in lasts.
	Session time.Duration `yaml:"session"`
	// Serve counters for Prometheus at /metrics. They hold no mail and no address.
	Metrics bool `yaml:"metrics"`
}

// User is one of the staff.
type User struct {
	// The name to log in with; it stands next to every decision.
	Name string `yaml:"name"`
	// The Argon2id hash of the password.
	PasswordHash Secret `yaml:"password_hash"`
	// owner = everything; agent = answers customers; viewer = only looks. Empty = owner.
	Role Role `yaml:"role"`
}

// Desk is the work of staff.
type Desk struct {
	// When staff answers, in the store's zone, one line for days with the same times: "Mon-Fri 09:00-12:00,
	// 13:00-17:00", "Sat 10:00-14:00", "Thu-Sat 18:00-02:00", "Sun 24h". Empty = round the clock.
	Hours []string `yaml:"hours"`
	// Days on which nobody answers: "2026-12-25", "12-25" for each year, or "2026-12-24..2027-01-02".
	Closed []string `yaml:"closed"`
	// Within which working time a customer should hear from you. A mail of Friday 16:30 with 2h is due on Monday at
	// 10:30 when you work from 09:00 to 17:00.
	AnswerWithin AnswerWithin `yaml:"answer_within"`
}

// AnswerWithin are the targets of answers, in working time.
type AnswerWithin struct {
	// Mail that is flagged: a threat, a lawyer, a chargeback.
	Flagged time.Duration `yaml:"flagged"`
	// Urgent mail, and wishes that are too late once the parcel has left: to cancel, or to change an order or its
	// address.
	Urgent time.Duration `yaml:"urgent"`
	// Something went wrong: a lost parcel, a broken item, a payment, a complaint, a wish for a person.
	Trouble time.Duration `yaml:"trouble"`
	// Questions about an order, a return or a refund.
	Order time.Duration `yaml:"order"`
	// All else: products, policies, partners.
	Other time.Duration `yaml:"other"`
}

// OIDC is log-in by OpenID Connect.
type OIDC struct {
	// The provider's address, such as https://accounts.google.com. Empty = no such log-in. Register
	// <public_url>/login/oidc/callback there as the redirect address.
	Issuer string `yaml:"issuer"`
	// The application's id at the provider.
	ClientID string `yaml:"client_id"`
	// The application's secret, if this file is readable by its owner only.
	ClientSecret Secret `yaml:"client_secret"`
	// A file that holds it, instead.
	ClientSecretFile string `yaml:"client_secret_file"`
	// Whose confirmed address is in one of these domains gets an account at the first log-in. Empty = only people
	// who have an account with that address.
	AllowedDomains []string `yaml:"allowed_domains"`
	// The role of such a new account. Empty = viewer.
	Role Role `yaml:"role"`
}

// Notify is a web address that is told when a mail waits for a person.
type Notify struct {
	// Your name for it, for the log and the desk.
	Name string `yaml:"name"`
	// The address, if this file is readable by its owner only: whoever knows a chat's address can write there.
	URL Secret `yaml:"url"`
	// A file that holds the address, instead.
	URLFile string `yaml:"url_file"`
	// standard = a signed call by the Standard Webhooks convention; slack = a message to Slack, Mattermost or
	// another chat that takes Slack's form. Empty = standard.
	Format NotifyFormat `yaml:"format"`
	// The key that signs a standard call: whsec_ and 24 to 64 random bytes in base64.
	Secret Secret `yaml:"secret"`
	// A file that holds it, instead.
	SecretFile string `yaml:"secret_file"`
}

// Limits are brakes on automatic answers.
type Limits struct {
	// Automatic answers in one ticket before a person must have written.
	PerTicket int `yaml:"per_ticket"`
	// Automatic answers to one address in 24 hours.
	PerSenderDay int `yaml:"per_sender_day"`
	// Automatic answers to one mail domain in an hour.
	HourlyDomain int `yaml:"hourly_domain"`
	// Automatic answers in an hour altogether.
	HourlyTotal int `yaml:"hourly_total"`
	// Older mail is recorded and not answered.
	MaxAge time.Duration `yaml:"max_age"`
	// At the first start, mail that came within this time before it is answered too. 0 = what was there before
	// replyd is only recorded.
	Backlog time.Duration `yaml:"backlog"`
}

// Log is the log.
type Log struct {
	// The least important lines to write.
	Level Level `yaml:"level"`
	// text for people, json for machines.
	Format Format `yaml:"format"`
}
