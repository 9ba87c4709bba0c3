package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"onewindow/server/connector"
)

func prepareCheck(flags *flag.FlagSet) func(context.Context, []string, output) int {
	hosts := flags.String("hosts", os.Getenv("ONEWINDOW_DEPARTMENT_HOSTS"), "允许的主机，默认取自 ONEWINDOW_DEPARTMENT_HOSTS / the allow-list; by default that of ONEWINDOW_DEPARTMENT_HOSTS")
	return func(ctx context.Context, arguments []string, to output) int {
		if len(arguments) != 1 {
			return misused(to, "请给出一个连接文件 / name one connections file")
		}
		connections, err := connector.LoadConnections(arguments[0])
		if err != nil {
			_, _ = fmt.Fprintln(to.out, err)
			return failed
		}
		var entries []string
		if *hosts != "" {
			entries = strings.Split(*hosts, ",")
		}
		reach, err := connector.ParseReach(entries)
		if err != nil {
			_, _ = fmt.Fprintln(to.err, "-hosts:", err)
			return misuse
		}
		code := done
		for _, connection := range connections.Connections {
			var verdict string
			if err := reach.Check(connection.URL); err == nil {
				var refused bool
				if verdict, refused = lookUp(ctx, reach, connection.URL); refused {
					code = failed
				}
			} else {
				verdict, code = "演示模式之外不可用 / not outside demo mode: "+err.Error(), failed
			}
			_, _ = fmt.Fprintf(to.out, "%-28s %s\n", connection.Department, verdict)
		}
		return code
	}
}

// lookUp asks what a host's name stands for now, from this machine: each address is held to the list when a connection is opened.
func lookUp(ctx context.Context, reach *connector.Reach, address string) (verdict string, refused bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	parsed, err := url.Parse(address)
	if err != nil {
		return err.Error(), true
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", parsed.Hostname())
	if err != nil {
		return "可以，但域名在本机查不到 / fine, but its name is not found from here", false
	}
	if !slices.ContainsFunc(found, reach.Allows) {
		return "域名指向内网地址，连接时会被拒绝，请把该网段也列入 / its name stands for an address inside the house, which is refused when connecting: list that network too", true
	}
	return "可以 / fine", false
}
