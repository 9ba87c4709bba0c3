package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"onewindow/server/connector"
)

func prepareCheck(flags *flag.FlagSet) func(context.Context, []string, output) int {
	hosts := flags.String("hosts", os.Getenv("ONEWINDOW_DEPARTMENT_HOSTS"), "允许的主机，默认取自 ONEWINDOW_DEPARTMENT_HOSTS / the allow-list; by default that of ONEWINDOW_DEPARTMENT_HOSTS")
	return func(_ context.Context, arguments []string, to output) int {
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
			verdict := "可以 / fine"
			if err := reach.Check(connection.URL); err != nil {
				verdict, code = "演示模式之外不可用 / not outside demo mode: "+err.Error(), failed
			}
			_, _ = fmt.Fprintf(to.out, "%-28s %s\n", connection.Department, verdict)
		}
		return code
	}
}
