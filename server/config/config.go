package config

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onewindow/auth"
	"onewindow/graph/door"
	"onewindow/models/casework"
	"onewindow/models/delegation"
	"onewindow/notify"
)

// Role is what a replica does.
type Role string

// The roles of a replica.
const (
	RoleAll    Role = "all"
	RoleAPI    Role = "api"
	RoleWorker Role = "worker"
)

// Config is every setting. The tags say how it is read and explained; Default says what holds where nothing is set.
type Config struct {
	// Demo is a flag alone, so that no environment can turn a real server into a demo.
	Demo bool

	Addr            string   `env:"ADDR" flag:"addr" kind:"host:port" help:"listen address" example:"0.0.0.0:8080"`
	OpsAddr         string   `env:"OPS_ADDR" flag:"ops-addr" kind:"host:port" help:"listen address of /metrics and profiles, never the public one" example:"127.0.0.1:8081"`
	Data            string   `env:"DATA" flag:"data" kind:"folder" help:"folder for embedded storage and the outbox" example:"/var/lib/onewindow"`
	DatabaseURL     Secret   `env:"DATABASE_URL" kind:"URL" help:"PostgreSQL; empty: SQLite under the data folder" example:"postgres://onewindow@db.example/onewindow"`
	RedisURL        Secret   `env:"REDIS_URL" kind:"URL, or several joined by commas" help:"Redis, or several hosts of a cluster; empty: in-process, one replica only" example:"redis://redis.example:6379/0"`
	Catalogue       string   `env:"CATALOGUE" kind:"folder" help:"folder in the catalogue exchange format; empty: the embedded Hangzhou one" example:"/etc/onewindow/catalogue"`
	Connections     string   `env:"CONNECTIONS" kind:"file" help:"connections file of the department protocol; empty: none, in demo mode the simulated systems" example:"/etc/onewindow/connections.yaml"`
	DepartmentHosts []string `env:"DEPARTMENT_HOSTS" kind:"hosts, networks and http:// origins joined by commas" help:"where departments' systems may be, outside demo mode: https hosts (*.x for all below x); private networks and origins without TLS only if listed" example:"health.example.cn,10.20.0.0/16"`
	Keys            string   `env:"KEYS" kind:"file" help:"key file: token signing, field encryption, blind index; required outside demo mode, which makes one" example:"/etc/onewindow/keys.yaml"`
	KMSURL          string   `env:"KMS_URL" kind:"URL" help:"transit engine that unwraps the key file's wrapped keys (Vault's wire); empty: the file holds the keys themselves" example:"https://vault.example:8200/v1/transit"`
	KMSKey          string   `env:"KMS_KEY" kind:"name" help:"name of the master key there" example:"onewindow"`
	KMSToken        Secret   `env:"KMS_TOKEN" kind:"text" help:"token for it" example:"hvs.CAES..."`
	Files           Secret   `env:"FILES" kind:"URL" help:"where uploaded files lie, encrypted; empty: files/ under the data folder; S3: keys by the AWS_ variables" example:"s3://onewindow-files?region=cn-east-1&endpoint=https://oss.example.cn&use_path_style=true"`
	Clamd           string   `env:"CLAMD" kind:"host:port or unix:path" help:"clamd that scans uploaded files; empty: files are not scanned" example:"unix:/run/clamav/clamd.ctl"`
	Role            Role     `env:"ROLE" kind:"all, api or worker" help:"what this replica does" example:"api"`
	Clock           Moment   `env:"CLOCK" kind:"moment" help:"demo mode only: the clock starts there; empty: real time" example:"2026-03-02T09:00:00+08:00"`
	Origins         []string `env:"ORIGINS" kind:"origins joined by commas" help:"other web origins whose pages may call" example:"https://window.example.cn"`
	PublicURL       string   `env:"PUBLIC_URL" kind:"URL" help:"how people and departments reach this server, for links; empty: http:// and the listen address" example:"https://window.example.cn"`
	LogLevel        LogLevel `env:"LOG_LEVEL" kind:"debug, info, warn or error" help:"what is logged" example:"debug"`

	Stop   time.Duration `env:"STOP_TIME" help:"time for what is under way when the server stops" example:"20s"`
	Limits door.Limits   `envPrefix:"LIMIT_"`
	Rates  Rates         `envPrefix:"RATE_"`
	Codes  auth.Limits   `envPrefix:"CODE_"`

	Departments DepartmentRates `envPrefix:"DEPARTMENT_"`

	Cases  casework.Settings `envPrefix:"CASE_"`
	Notify notify.HouseRules `envPrefix:"NOTIFY_"`
	// Help is what volunteers are held to.
	Help   delegation.Settings `envPrefix:"HELP_"`
	SMS    SMS                 `envPrefix:"SMS_"`
	FCM    FCM                 `envPrefix:"FCM_"`
	WeChat WeChat              `envPrefix:"WECHAT_"`
	Email  Email               `envPrefix:"EMAIL_"`
}

// Rates are the budgets of callers: so many requests at once, then so many a second.
type Rates struct {
	AnonymousBurst     int `env:"ANONYMOUS_BURST" help:"requests of an address at once, not signed in" example:"60"`
	AnonymousPerSecond int `env:"ANONYMOUS_PER_SECOND" help:"then so many a second" example:"1"`
	PersonBurst        int `env:"PERSON_BURST" help:"requests of a signed-in person, kiosk or agent at once" example:"300"`
	PersonPerSecond    int `env:"PERSON_PER_SECOND" help:"then so many a second" example:"20"`
}

// DepartmentRates bound the traffic with each department's system, on each replica.
type DepartmentRates struct {
	AtOnce          int `env:"AT_ONCE" help:"requests that one department gets at the same time" example:"16"`
	PerSecond       int `env:"PER_SECOND" help:"requests that one department gets a second; twice as many at once after a pause" example:"200"`
	EventsPerSecond int `env:"EVENTS_PER_SECOND" help:"events that are taken from one department a second; twice as many at once after a pause" example:"200"`
}

// prefix begins the name of every variable.
const prefix = "ONEWINDOW_"

// demoAnonymousBurst and its like are the budget of strangers in demo mode: the demo, its scripts and its tests are many
// people behind one address.
const (
	demoAnonymousBurst     = 20_000
	demoAnonymousPerSecond = 200
	demoStrangerStreams    = 20_000
	demoCodesAnHour        = 10_000
)

// Default is what holds where nothing is set.
func Default() Config {
	return Config{
		Addr: "127.0.0.1:8080", OpsAddr: "127.0.0.1:8081", Data: "var", Role: RoleAll,
		Stop: 20 * time.Second, Limits: door.DefaultLimits(),
		Rates:       Rates{AnonymousBurst: 60, AnonymousPerSecond: 1, PersonBurst: 300, PersonPerSecond: 20},
		Codes:       auth.DefaultLimits(),
		Departments: DepartmentRates{AtOnce: 16, PerSecond: 200, EventsPerSecond: 200},
		Cases:       casework.DefaultSettings(), Notify: notify.DefaultHouseRules(), Help: delegation.DefaultSettings(),
		SMS: SMS{Region: "ap-guangzhou", PerSecond: 400}, FCM: FCM{PerSecond: 2000}, WeChat: WeChat{URL: "https://api.weixin.qq.com", PerSecond: 500},
		Email: Email{PerSecond: 20},
	}
}

// ErrHelp says that -help was asked for: print Usage and stop.
var ErrHelp = flag.ErrHelp

// Load reads the settings from the arguments after the program's name and the environment. Flags win. The error names
// everything that is wrong, a line each.
func Load(args []string, environ map[string]string) (*Config, error) {
	config := Default()
	flags := flag.NewFlagSet("onewindow", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&config.Demo, "demo", false, "")
	given := map[string]string{}
	for _, setting := range settingsOf(&config) {
		if setting.flag != "" {
			flags.Func(setting.flag, "", func(text string) error { given[setting.variable] = text; return nil })
		}
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, ErrHelp
		}
		return nil, fmt.Errorf("%w; -help lists the settings", err)
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument; -help lists the settings")
	}
	if config.Demo {
		config.Rates.AnonymousBurst, config.Rates.AnonymousPerSecond = demoAnonymousBurst, demoAnonymousPerSecond
		config.Limits.StrangerStreams = demoStrangerStreams
		config.Codes.CodesAnHour, config.Codes.NetworkCodesAnHour, config.Codes.PrefixCodesAnHour = demoCodesAnHour, demoCodesAnHour, demoCodesAnHour
	}
	faults := read(&config, environ, given)
	faults = append(faults, config.check()...)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if config.PublicURL == "" {
		config.PublicURL = "http://" + config.Addr
	}
	if config.Demo && config.Keys == "" {
		config.Keys = filepath.Join(config.Data, "keys.yaml")
	}
	return &config, nil
}

// fault names a setting and what is wrong with it, never its value.
func fault(variable, wrong string) error { return fmt.Errorf("%s%s: %s", prefix, variable, wrong) }

// check finds what no single setting shows.
func (c *Config) check() []error {
	var faults []error
	require := func(ok bool, variable, wrong string) {
		if !ok {
			faults = append(faults, fault(variable, wrong))
		}
	}
	require(isAddress(c.Addr), "ADDR", "not a host and port such as 127.0.0.1:8080")
	require(isAddress(c.OpsAddr), "OPS_ADDR", "not a host and port such as 127.0.0.1:8081")
	require(c.OpsAddr != c.Addr || strings.HasSuffix(c.Addr, ":0"), "OPS_ADDR", "must differ from "+prefix+"ADDR")
	require(c.Data != "", "DATA", "must name a folder")
	require(slices.Contains([]Role{RoleAll, RoleAPI, RoleWorker}, c.Role), "ROLE", "must be all, api or worker")
	require(c.DatabaseURL == "" || isURL(c.DatabaseURL.Reveal(), "postgres", "postgresql"), "DATABASE_URL", "not a URL such as postgres://user@host/database")
	for part := range strings.SplitSeq(c.RedisURL.Reveal(), ",") {
		require(part == "" && c.RedisURL == "" || isURL(strings.TrimSpace(part), "redis", "rediss"), "REDIS_URL", "not a URL such as redis://host:6379/0")
	}
	require(c.KMSURL == "" || isURL(c.KMSURL, "https") || c.Demo && isURL(c.KMSURL, "http"), "KMS_URL", "not an https URL such as https://vault.example:8200/v1/transit")
	require(c.KMSURL == "" || c.KMSKey != "", "KMS_KEY", "required where "+prefix+"KMS_URL is set")
	require(c.KMSURL == "" || c.KMSToken != "", "KMS_TOKEN", "required where "+prefix+"KMS_URL is set")
	require(c.Files == "" || isURL(c.Files.Reveal(), "s3"), "FILES", "not a URL such as s3://bucket?region=cn-east-1")
	require(c.Clamd == "" || strings.HasPrefix(c.Clamd, "unix:/") || isAddress(c.Clamd), "CLAMD", "not a host and port such as 127.0.0.1:3310, nor unix:/run/clamav/clamd.ctl")
	require(c.PublicURL == "" || isURL(c.PublicURL, "http", "https"), "PUBLIC_URL", "not a URL such as https://window.example.cn")
	for _, origin := range c.Origins {
		parsed, err := url.Parse(origin)
		require(err == nil && isURL(origin, "http", "https") && parsed.Path == "", "ORIGINS", "not origins such as https://window.example.cn")
	}
	require(c.Cases.Interventions.SamplePercent <= 100, "CASE_INTERVENTION_SAMPLE_PERCENT", "must be at most 100")
	require(c.Notify.KeepDeliveries <= 0 || c.Notify.KeepDeliveries >= notify.ShortestKept && c.Notify.KeepDeliveries <= notify.LongestKept, "NOTIFY_KEEP_DELIVERIES", "must be from 7 to 3650 days")
	require(c.Notify.KeepOutbox <= notify.LongestKept, "NOTIFY_KEEP_OUTBOX", "must be at most 3650 days")
	if c.Role != RoleAll {
		require(c.DatabaseURL != "", "DATABASE_URL", "required where "+prefix+"ROLE is not all: replicas share one database")
		require(c.RedisURL != "", "REDIS_URL", "required where "+prefix+"ROLE is not all: replicas share one Redis")
	}
	if !c.Demo {
		require(c.Keys != "", "KEYS", "required: the key file")
		require(c.Clock.IsZero(), "CLOCK", "for demo mode only")
	}
	c.checkChannels(require)
	return append(faults, positive(c)...)
}

// positive names the numbers and times that are zero or less.
func positive(config *Config) []error {
	var faults []error
	for _, setting := range settingsOf(config) {
		number, isNumber := setting.number()
		if isNumber && number <= 0 {
			faults = append(faults, fault(setting.variable, "must be more than zero"))
		}
	}
	return faults
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	number, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", port) // from the tables of this machine, at once
	return err == nil && number >= 0
}

func isURL(text string, schemes ...string) bool {
	parsed, err := url.Parse(text)
	return err == nil && slices.Contains(schemes, parsed.Scheme) && parsed.Host != ""
}
