package connector

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onewindow/models"
	"onewindow/models/identity/identitytest"
	"onewindow/server/connector/webhook"
)

func reachOf(t *testing.T, entries ...string) *Reach {
	t.Helper()
	reach, err := ParseReach(entries)
	if err != nil {
		t.Fatal(err)
	}
	return reach
}

func TestReachOfAURL(t *testing.T) {
	reach := reachOf(t, "health.example.cn", "*.gov.example.cn", "10.20.0.0/16", "http://10.30.0.7:9101", "http://old.example.cn:8080", "192.0.2.9")
	for address, good := range map[string]bool{
		"https://health.example.cn":                true,
		"https://HEALTH.example.cn:8443/onewindow": true,
		"https://tax.gov.example.cn":               true,
		"https://10.20.3.4:9000":                   true,
		"http://10.30.0.7:9101":                    true,
		"https://10.30.0.7":                        true,
		"http://old.example.cn:8080/base":          true,
		"https://192.0.2.9":                        true,
		"https://8.8.8.8":                          true,
		"http://health.example.cn":                 false,
		"https://other.example.cn":                 false,
		"https://gov.example.cn":                   false,
		"https://evilgov.example.cn":               false,
		"https://health.example.cn.evil.cn":        false,
		"http://10.20.3.4":                         false,
		"http://10.30.0.7:9102":                    false,
		"http://old.example.cn":                    false,
		"https://127.0.0.1":                        false,
		"https://[::1]":                            false,
		"https://[::ffff:127.0.0.1]":               false,
		"https://[fe80::1]":                        false,
		"https://169.254.169.254":                  false,
		"https://0.0.0.0":                          false,
		"https://100.64.1.1":                       false,
		"https://[64:ff9b::7f00:1]":                false,
		"https://localhost":                        false,
		"https://2130706433":                       false,
		"https://10.21.0.1":                        false,
	} {
		if err := reach.Check(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := (*Reach)(nil).Check("http://127.0.0.1:9101"); err != nil {
		t.Errorf("a demo: %v", err)
	}
	for _, wrong := range []string{"", " ", "http://", "http://a/b", "http://u@a", "a/b", "*.*.cn", "a*", "10.0.0.0/99", "https://health.example.cn"} {
		if _, err := ParseReach([]string{"health.example.cn", wrong}); err == nil || !strings.Contains(err.Error(), "entry 2") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// A name on the list that stands for a machine of our own at the moment of dialling gets nothing, and nothing is sent.
func TestTheAddressIsLookedAtAgainWhenDialling(t *testing.T) {
	department := newBench(t, time.Second, time.Now, answer(200, wholeSubject))
	address := strings.Replace(department.client.baseURL, "127.0.0.1", "localhost", 1)
	ask := func(reach *Reach) error {
		directory, err := NewDirectory(Options{
			Connections: &Connections{Connections: []Connection{{Department: "health", URL: address, OutboundSecret: webhook.NewSecret(), Timeout: time.Second}}},
			Registerer:  prometheus.NewRegistry(), Now: time.Now, Clock: department.client.clock, Reach: reach,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer directory.Close()
		client, err := directory.Client("health")
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Resolve(context.Background(), identitytest.Asking(t), ResolveRequest{NationalID: models.KnownNationalID(plantedNumber), Name: models.NewPersonName(plantedName)})
		return err
	}
	listed := "http://" + strings.TrimPrefix(address, "http://")
	reach := reachOf(t, listed)
	if err := reach.Check(address); err != nil {
		t.Fatal(err)
	}
	if err := ask(reach); !errors.Is(err, errOutOfReach) || !IsTemporary(err) || department.requests.Load() != 0 {
		t.Errorf("a rebound name: %v, %d requests", err, department.requests.Load())
	}
	if err := ask(reachOf(t, listed, "127.0.0.0/8", "::1/128")); err != nil || department.requests.Load() != 1 {
		t.Errorf("an allowed one: %v, %d requests", err, department.requests.Load())
	}
}

func FuzzReachNeverAllowsLoopback(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add(netip.IPv6Loopback().AsSlice())
	f.Fuzz(func(t *testing.T, raw []byte) {
		address, ok := netip.AddrFromSlice(raw)
		if plain := address.Unmap(); ok && (&Reach{}).Allows(address) && (plain.IsLoopback() || plain.IsPrivate() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified()) {
			t.Errorf("%s is allowed", address)
		}
	})
}
