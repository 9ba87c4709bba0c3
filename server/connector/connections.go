package connector

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"onewindow/server/connector/webhook"
)

const (
	defaultTimeout = 5 * time.Second
	longestTimeout = time.Minute
)

// Connections are the departments that have a system of their own.
type Connections struct {
	// IdentityAuthority is the department whose answer binds an identity.
	IdentityAuthority string
	Connections       []Connection
}

// Connection is how one department's system is reached.
type Connection struct {
	Department string
	// URL is the base address without a trailing slash.
	URL            string
	OutboundSecret webhook.Secret
	InboundSecrets []webhook.Secret
	// HandlesCases: the system works the department's steps; else it only resolves subjects and supplies materials.
	HandlesCases bool
	Timeout      time.Duration
}

// ConnectionFaults are all faults of a connections file. None repeats a secret.
type ConnectionFaults []string

// Error lists the faults, a line each.
func (f ConnectionFaults) Error() string {
	return "connections file:\n  " + strings.Join(f, "\n  ")
}

// LoadConnections reads the file that ONEWINDOW_CONNECTIONS names; the error is ConnectionFaults where the file is at fault.
func LoadConnections(path string) (*Connections, error) {
	source, err := os.ReadFile(path) // the operator's own setting
	if err != nil {
		return nil, fmt.Errorf("connections file: %w", err)
	}
	return ParseConnections(source)
}

// ParseConnections reads a connections file strictly: unknown and repeated keys are faults, and all faults are named
// at once, each with its line.
func ParseConnections(source []byte) (*Connections, error) {
	reader := &connectionsReader{}
	root, ok := reader.root(source)
	if !ok {
		return nil, reader.faults
	}
	connections := &Connections{}
	fields := reader.mapping("", root, "identity_authority", "connections")
	connections.IdentityAuthority = reader.text(fields, "", "identity_authority", false)
	seen := map[string]bool{}
	for index, node := range reader.list(fields, "", "connections") {
		path := fmt.Sprintf("connections[%d]", index)
		connection := reader.connection(path, node)
		if connection.Department != "" && seen[connection.Department] {
			reader.fault(node, path+".department", "each department once")
		}
		seen[connection.Department] = true
		connections.Connections = append(connections.Connections, connection)
	}
	switch authority := connections.IdentityAuthority; {
	case authority == "" && len(connections.Connections) > 0:
		reader.fault(root, "identity_authority", "the code of one of the connected departments")
	case authority != "" && !seen[authority]:
		reader.fault(fields["identity_authority"], "identity_authority", "the code of one of the connected departments")
	}
	if len(reader.faults) > 0 {
		return nil, reader.faults
	}
	return connections, nil
}

func (r *connectionsReader) connection(path string, node yamlNode) Connection {
	fields := r.mapping(path, node, "department", "url", "outbound_secret", "inbound_secrets", "handles_cases", "timeout")
	connection := Connection{
		Department: r.text(fields, path, "department", true), URL: strings.TrimRight(r.text(fields, path, "url", true), "/"),
		HandlesCases: r.boolean(fields, path, "handles_cases"), Timeout: r.duration(fields, path, "timeout"),
	}
	if connection.Department != "" && !groupPattern.MatchString(connection.Department) {
		r.fault(fields["department"], path+".department", "a department code")
	}
	if connection.URL != "" && !isBaseURL(connection.URL) {
		r.fault(fields["url"], path+".url", "http or https, a host, and neither user, query nor fragment")
	}
	connection.OutboundSecret = r.secret(fields["outbound_secret"], path+".outbound_secret", r.text(fields, path, "outbound_secret", true))
	for index, node := range r.list(fields, path, "inbound_secrets") {
		where := fmt.Sprintf("%s.inbound_secrets[%d]", path, index)
		connection.InboundSecrets = append(connection.InboundSecrets, r.secret(node, where, r.scalar(where, node)))
	}
	if connection.HandlesCases && len(connection.InboundSecrets) == 0 {
		r.fault(node, path+".inbound_secrets", "at least one secret for a department that handles cases")
	}
	return connection
}

func (r *connectionsReader) secret(node yamlNode, path, text string) webhook.Secret {
	if text == "" {
		return webhook.Secret{} // reported as missing already
	}
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		r.fault(node, path, err.Error())
	}
	return secret
}

func (r *connectionsReader) duration(fields map[string]yamlNode, path, key string) time.Duration {
	text := r.text(fields, path, key, false)
	if text == "" {
		return defaultTimeout
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 || timeout > longestTimeout {
		r.fault(fields[key], path+"."+key, "a time up to 1m, such as 5s")
	}
	return timeout
}

func isBaseURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != "" &&
		parsed.User == nil && parsed.RawQuery == "" && parsed.Fragment == "" && !parsed.ForceQuery
}
