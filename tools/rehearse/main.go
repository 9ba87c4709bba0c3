// Command rehearse replays decided applications under another catalogue before it is loaded: what would have been on time,
// and how long would it have taken, with other limits or other steps? It reads the server's database and changes nothing.
//
//	go run ./tools/rehearse -catalogue FOLDER [-data FOLDER] [-from 2026-01-01] [-to 2026-03-31] [-json]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// The exit codes: done; something failed; the command was used wrongly.
const (
	done   = 0
	failed = 1
	misuse = 2
)

// The widest span of days, where none is named.
const (
	firstDay = "2000-01-01"
	lastDay  = "2999-12-31"
)

// wish is what was asked for.
type wish struct {
	catalogue, data, databaseURL string
	from, to                     models.Date
	asJSON                       bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv("ONEWINDOW_DATABASE_URL"), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string, databaseURL string, out, problems io.Writer) int {
	asked, err := read(arguments, problems)
	if errors.Is(err, flag.ErrHelp) {
		return done
	}
	if err != nil {
		fmt.Fprintln(problems, err)
		return misuse
	}
	asked.databaseURL = databaseURL
	made, err := rehearse(ctx, asked)
	if err == nil {
		err = made.write(out, asked.asJSON)
	}
	if err != nil {
		fmt.Fprintln(problems, err)
		return failed
	}
	return done
}

func read(arguments []string, problems io.Writer) (*wish, error) {
	asked := &wish{}
	flags := flag.NewFlagSet("rehearse", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.StringVar(&asked.catalogue, "catalogue", "", "新的目录文件夹 / the `FOLDER` of the catalogue to rehearse")
	flags.StringVar(&asked.data, "data", "var", "服务器的数据文件夹（SQLite）；设置 ONEWINDOW_DATABASE_URL 时不用 / the server's data `FOLDER` (SQLite); unused where ONEWINDOW_DATABASE_URL is set")
	from := flags.String("from", firstDay, "受理日期从 / accepted from this `DATE` on")
	to := flags.String("to", lastDay, "受理日期至 / accepted until this `DATE`, included")
	flags.BoolVar(&asked.asJSON, "json", false, "输出 JSON / write JSON")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	var err error
	if asked.from, err = models.ParseDate(*from); err != nil {
		return nil, fmt.Errorf("-from: %w", err)
	}
	if asked.to, err = models.ParseDate(*to); err != nil {
		return nil, fmt.Errorf("-to: %w", err)
	}
	if asked.catalogue == "" || flags.NArg() > 0 {
		return nil, errors.New("请用 -catalogue 指定新的目录文件夹 / name the catalogue's folder with -catalogue")
	}
	return asked, nil
}

// rehearse replays what the database holds under the catalogue of the folder.
func rehearse(ctx context.Context, asked *wish) (*report, error) {
	next, faults := catalogue.LoadFolder(asked.catalogue)
	if len(faults) > 0 {
		return nil, fmt.Errorf("目录有问题 / the catalogue has faults:\n%w", faults)
	}
	opened, err := store.OpenBeside(ctx, asked.databaseURL, asked.data)
	if err != nil {
		return nil, fmt.Errorf("无法打开数据 / the records cannot be opened: %w", err)
	}
	defer func() { _ = opened.Close() }()
	present := catalogue.NewService(opened)
	if _, err := present.Follow(ctx); err != nil {
		return nil, err
	}
	cases := casework.New(casework.Dependencies{Store: opened, Catalogue: present})
	made := newReport(asked)
	items := byCode(next)
	err = cases.Decided(ctx, asked.from, asked.to, func(c *casework.Case, before *catalogue.Item, days *calendar.Calendar) error {
		made.add(c, before, items[c.ItemCode], days)
		return nil
	})
	return made, err
}

func byCode(c *catalogue.Catalogue) map[string]*catalogue.Item {
	items := make(map[string]*catalogue.Item, len(c.Items))
	for _, item := range c.Items {
		items[item.Code] = item
	}
	return items
}
