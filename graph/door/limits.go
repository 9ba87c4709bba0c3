package door

import "time"

// Limits is what the door lets in. Every number is a setting; the tags say how it is read and explained.
type Limits struct {
	Body        int64         `env:"BODY" help:"largest request body that is no upload, in bytes" example:"131072"`
	BodyTime    time.Duration `env:"BODY_TIME" help:"time for sending a body that is no upload" example:"10s"`
	Upload      int64         `env:"UPLOAD" help:"largest multipart body, in bytes" example:"32505856"`
	UploadTime  time.Duration `env:"UPLOAD_TIME" help:"time for sending an upload" example:"2m"`
	UploadFiles int           `env:"UPLOAD_FILES" help:"files of one multipart request" example:"3"`

	EnvelopeDepth int `env:"ENVELOPE_DEPTH" help:"nesting of a request's JSON" example:"32"`
	EnvelopeKeys  int `env:"ENVELOPE_KEYS" help:"keys of a request's JSON, all levels together" example:"500"`

	Document   int `env:"DOCUMENT" help:"largest GraphQL document, in bytes" example:"32768"`
	Tokens     int `env:"TOKENS" help:"tokens of a document" example:"2000"`
	Depth      int `env:"DEPTH" help:"depth of an operation, fragments expanded" example:"12"`
	Fields     int `env:"FIELDS" help:"fields of an operation, fragments expanded" example:"300"`
	Aliases    int `env:"ALIASES" help:"aliases of an operation, fragments expanded" example:"30"`
	Fragments  int `env:"FRAGMENTS" help:"fragments of a document" example:"30"`
	Directives int `env:"DIRECTIVES" help:"directives of an operation, fragments expanded" example:"20"`
	Operations int `env:"OPERATIONS" help:"operations of a document" example:"10"`
	Cost       int `env:"COST" help:"cost of an operation: its objects, a list counting first times" example:"5000"`
	QueryCache int `env:"QUERY_CACHE" help:"memory for parsed documents, in bytes" example:"33554432"`

	Time time.Duration `env:"TIME" help:"time for answering a query or mutation" example:"30s"`

	Message         int64         `env:"MESSAGE" help:"largest message on a socket, in bytes" example:"65536"`
	MessageRate     int           `env:"MESSAGE_RATE" help:"messages a second on one socket" example:"50"`
	InitTime        time.Duration `env:"INIT_TIME" help:"time for connection_init on a socket" example:"5s"`
	WriteTime       time.Duration `env:"WRITE_TIME" help:"time for a reader to take one message or event" example:"5s"`
	Streams         int           `env:"STREAMS" help:"sockets and event streams of one person" example:"20"`
	StrangerStreams int           `env:"STRANGER_STREAMS" help:"sockets and event streams of one address, not signed in" example:"100"`
	Subscriptions   int           `env:"SUBSCRIPTIONS" help:"subscriptions of one person" example:"50"`
	KeepAlive       time.Duration `env:"KEEP_ALIVE" help:"time between pings on open streams" example:"25s"`
	TokenCheck      time.Duration `env:"TOKEN_CHECK" help:"time between checks that an open stream's token still holds" example:"3s"`
	Token           int           `env:"TOKEN" help:"longest access token, in bytes" example:"2048"`
	Errors          int           `env:"ERRORS" help:"errors of one answer" example:"5"`
	Introspection   int           `env:"INTROSPECTION_DEPTH" help:"depth of an introspection query, outside production" example:"20"`
	IntrospectionOf int           `env:"INTROSPECTION_FIELDS" help:"fields of an introspection query, outside production" example:"400"`
}

// DefaultLimits are the numbers that the contract states.
func DefaultLimits() Limits {
	return Limits{
		Body: 128 << 10, BodyTime: 10 * time.Second,
		Upload: 31 << 20, UploadTime: 2 * time.Minute, UploadFiles: 3,
		EnvelopeDepth: 32, EnvelopeKeys: 500,
		Document: 32 << 10, Tokens: 2000, Depth: 12, Fields: 300, Aliases: 30, Fragments: 30, Directives: 20, Operations: 10,
		Cost: 5000, QueryCache: 32 << 20, Time: 30 * time.Second,
		Message: 64 << 10, MessageRate: 50, InitTime: 5 * time.Second, WriteTime: 5 * time.Second,
		Streams: 20, StrangerStreams: 100, Subscriptions: 50, KeepAlive: 25 * time.Second, TokenCheck: 3 * time.Second,
		Token: 2 << 10, Errors: 5, Introspection: 20, IntrospectionOf: 400,
	}
}
