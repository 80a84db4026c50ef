package config

// Mode says what happens to a finished draft.
type Mode string

const (
	// Shadow: drafts are written and never sent.
	Shadow Mode = "shadow"
	// Approval: a person sends a draft with a click.
	Approval Mode = "approval"
	// Auto: a draft goes out by itself when nothing speaks against it.
	Auto Mode = "auto"
)

// Values lists what may stand in the file.
func (Mode) Values() []string { return []string{"shadow", "approval", "auto"} }

// Engine is who reads the mails.
type Engine string

const (
	// EngineOpenAI: a language model, with the lexicon as stand-by.
	EngineOpenAI Engine = "openai"
	// EngineLexicon: the built-in word lists alone.
	EngineLexicon Engine = "lexicon"
)

// Values lists what may stand in the file.
func (Engine) Values() []string { return []string{"openai", "lexicon"} }

// Security is how the connection to a mailbox is protected.
type Security string

const (
	// TLS from the first byte (RFC 8314 recommends it).
	TLS Security = "tls"
	// StartTLS upgrades a plain connection.
	StartTLS Security = "starttls"
	// None: no protection; only to this machine.
	None Security = "none"
)

// Values lists what may stand in the file.
func (Security) Values() []string { return []string{"tls", "starttls", "none"} }

// Auth is how to log in to a mailbox.
type Auth string

const (
	// Login: user and password.
	Login Auth = "login"
	// XOAuth2: a token, in the way of Google and Microsoft.
	XOAuth2 Auth = "xoauth2"
	// OAuthBearer: a token, by RFC 7628.
	OAuthBearer Auth = "oauthbearer"
)

// Values lists what may stand in the file.
func (Auth) Values() []string { return []string{"login", "xoauth2", "oauthbearer"} }

// Provider gives out access tokens for a mailbox.
type Provider string

const (
	// Google: Gmail and Google Workspace.
	Google Provider = "google"
	// Microsoft: Microsoft 365.
	Microsoft Provider = "microsoft"
)

// Values lists what may stand in the file.
func (Provider) Values() []string { return []string{"google", "microsoft"} }

// API is the protocol of the model's server.
type API string

const (
	// Responses is OpenAI's Responses API.
	Responses API = "responses"
	// Chat is the Chat Completions API, which other servers speak too.
	Chat API = "chat"
)

// Values lists what may stand in the file.
func (API) Values() []string { return []string{"responses", "chat"} }

// Effort is how long a model may think.
type Effort string

const (
	// EffortNone: not at all, or the model cannot.
	EffortNone Effort = "none"
	// EffortMinimal: hardly.
	EffortMinimal Effort = "minimal"
	// EffortLow: a little.
	EffortLow Effort = "low"
	// EffortMedium: the models' own default.
	EffortMedium Effort = "medium"
	// EffortHigh: long.
	EffortHigh Effort = "high"
)

// Values lists what may stand in the file.
func (Effort) Values() []string { return []string{"none", "minimal", "low", "medium", "high"} }

// Role says what one of the staff may do at the desk.
type Role string

const (
	// Owner runs the store: people, settings, the audit log, and all below.
	Owner Role = "owner"
	// Agent answers customers.
	Agent Role = "agent"
	// Viewer only looks.
	Viewer Role = "viewer"
)

// Values lists what may stand in the file.
func (Role) Values() []string { return []string{"owner", "agent", "viewer"} }

// Level is the least important line that the log shows.
type Level string

const (
	// LevelDebug: everything.
	LevelDebug Level = "debug"
	// LevelInfo: what happens.
	LevelInfo Level = "info"
	// LevelWarn: what somebody should look at.
	LevelWarn Level = "warn"
	// LevelError: what went wrong.
	LevelError Level = "error"
)

// Values lists what may stand in the file.
func (Level) Values() []string { return []string{"debug", "info", "warn", "error"} }

// Format is how a line of the log is written.
type Format string

const (
	// FormatText is for people.
	FormatText Format = "text"
	// FormatJSON is for machines.
	FormatJSON Format = "json"
)

// Values lists what may stand in the file.
func (Format) Values() []string { return []string{"text", "json"} }

// NotifyFormat is the form of a notice.
type NotifyFormat string

const (
	// NotifyStandard: a call by the Standard Webhooks convention (standardwebhooks.com, 2026-11).
	NotifyStandard NotifyFormat = "standard"
	// NotifySlack: {"text": …}, as Slack's incoming webhooks take it.
	NotifySlack NotifyFormat = "slack"
)

// Values lists what may stand in the file.
func (NotifyFormat) Values() []string { return []string{"standard", "slack"} }
