package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// place is where the server keeps its records: the same settings as the server's.
type place struct{ url, folder string }

func (p *place) declare(flags *flag.FlagSet) {
	folder := os.Getenv("ONEWINDOW_DATA")
	if folder == "" {
		folder = "var"
	}
	flags.StringVar(&p.folder, "data", folder, "服务器的数据目录（ONEWINDOW_DATA）；设置了 ONEWINDOW_DATABASE_URL 时不用 / the server's data folder; not used where ONEWINDOW_DATABASE_URL is set")
	p.url = os.Getenv("ONEWINDOW_DATABASE_URL")
}

// open opens the records beside a server that may be running, on the clock that it runs on.
func (p *place) open(ctx context.Context) (*store.Store, error) {
	opened, err := store.PrepareBeside(ctx, p.url, p.folder)
	if err != nil {
		return nil, fmt.Errorf("无法打开数据 / the records cannot be opened: %w", err)
	}
	return opened, nil
}

// with reads the folder, opens the records, and does what is to be done with both.
func (p *place) with(ctx context.Context, folder string, list *listing, to output, do func(*store.Store, *catalogue.Catalogue) error) int {
	read, faults := catalogue.LoadFolder(folder)
	if len(faults) > 0 {
		list.write(to.out, faults)
		return failed
	}
	records, err := p.open(ctx)
	if err == nil {
		err = do(records, read)
		_ = records.Close()
	}
	if err != nil {
		fmt.Fprintln(to.err, err)
		return failed
	}
	return done
}

// both writes a text in the languages that were asked for.
func (l *listing) both(to output, indent string, text models.Text) {
	for _, language := range l.languages.orBoth() {
		fmt.Fprintln(to.out, indent+text.In(language))
	}
}
