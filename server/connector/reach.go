package connector

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// Reach is where departments' systems may be. A connection's URL is held to it when the server starts, and the address that its
// host name stands for at that moment each time a connection is opened: a name that suddenly means a machine of our own house
// (DNS rebinding, or a typing error) gets nothing. nil is a demo's reach: anywhere.
type Reach struct {
	hosts []string
	// plain are the origins that may be spoken to without TLS.
	plain []string
	// networks are the addresses inside that were allowed by name.
	networks []netip.Prefix
}

// errOutOfReach says that an address is not allowed. It does not repeat the address.
var errOutOfReach = errors.New("an address inside the house, which ONEWINDOW_DEPARTMENT_HOSTS does not allow")

// inside are the addresses that no public name should stand for, beside those that netip itself tells apart.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
}

// ParseReach reads the allow-list: host names (health.example.cn, or *.example.cn for all below it), networks inside
// (10.20.0.0/16), and origins without TLS (http://10.20.0.7:9101). The error names the entry's place, not its text.
func ParseReach(entries []string) (*Reach, error) {
	reach := &Reach{}
	for index, entry := range entries {
		if !reach.add(strings.ToLower(strings.TrimSpace(entry))) {
			return nil, fmt.Errorf("entry %d: expected a host such as health.example.cn or *.example.cn, a network such as 10.20.0.0/16, or an origin such as http://10.20.0.7:9101", index+1)
		}
	}
	return reach, nil
}

func (r *Reach) add(entry string) bool {
	if network, err := netip.ParsePrefix(entry); err == nil {
		r.networks = append(r.networks, network.Masked())
		return true
	}
	host := entry
	if origin, isPlain := strings.CutPrefix(entry, "http://"); isPlain {
		parsed, err := url.Parse(entry)
		if err != nil || parsed.Host != origin || parsed.Hostname() == "" || parsed.User != nil {
			return false
		}
		r.plain = append(r.plain, parsed.Host)
		host = parsed.Hostname()
	}
	if address, err := netip.ParseAddr(host); err == nil {
		r.networks = append(r.networks, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
	}
	r.hosts = append(r.hosts, host)
	return host != "" && !strings.ContainsAny(host, "/@ ") && !strings.Contains(strings.TrimPrefix(host, "*."), "*")
}

// Check says what keeps a connection's URL from being used; nil where nothing does.
func (r *Reach) Check(address string) error {
	if r == nil {
		return nil
	}
	parsed, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return errors.New("no URL")
	}
	host := parsed.Hostname()
	if parsed.Scheme != "https" && !slices.Contains(r.plain, parsed.Host) {
		return errors.New("must be https, or listed as an origin without TLS")
	}
	literal, err := netip.ParseAddr(host)
	switch {
	case err == nil && r.Allows(literal):
		return nil
	case err == nil:
		return errOutOfReach
	case !slices.ContainsFunc(r.hosts, func(allowed string) bool { return host == allowed || below(host, allowed) }):
		return errors.New("its host is not on the list")
	}
	return nil
}

func below(host, pattern string) bool {
	suffix, isPattern := strings.CutPrefix(pattern, "*")
	return isPattern && strings.HasSuffix(host, suffix) && len(host) > len(suffix)
}

// Allows tells whether an address may be connected to: it is outside, or listed.
func (r *Reach) Allows(address netip.Addr) bool {
	if r == nil {
		return true
	}
	address = address.Unmap().WithZone("")
	holds := func(network netip.Prefix) bool { return network.Contains(address) }
	if slices.ContainsFunc(r.networks, holds) {
		return true
	}
	return address.IsGlobalUnicast() && !address.IsPrivate() && !slices.ContainsFunc(inside, holds)
}

// control is asked by the dialler with the address itself, after every look-up and before anything is sent.
func (r *Reach) control(_, address string, _ syscall.RawConn) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !r.Allows(parsed.Addr()) {
		return errOutOfReach
	}
	return nil
}
