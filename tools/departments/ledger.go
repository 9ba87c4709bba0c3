package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/server/connector"
)

// source is where the records lie: the database of a server that runs or does not.
type source struct{ data, department string }

func (s *source) declare(flags *flag.FlagSet) {
	flags.StringVar(&s.data, "data", "var", "服务器的数据文件夹（SQLite）；设置 ONEWINDOW_DATABASE_URL 时不用 / the server's data `FOLDER` (SQLite); unused where ONEWINDOW_DATABASE_URL is set")
	flags.StringVar(&s.department, "department", "", "只看这个部门 / this department's `CODE` alone")
}

// with opens the records for what do does with them, and says what went wrong.
func (s *source) with(ctx context.Context, to output, do func(connector.Ledger) error) int {
	err := func() error {
		opened, err := store.OpenBeside(ctx, os.Getenv("ONEWINDOW_DATABASE_URL"), s.data)
		if err != nil {
			return fmt.Errorf("无法打开数据 / the records cannot be opened: %w", err)
		}
		defer func() { _ = opened.Close() }()
		return do(connector.Ledger{Store: opened})
	}()
	if err != nil {
		_, _ = fmt.Fprintln(to.err, err)
		return failed
	}
	return done
}

// plainly makes a command that takes no arguments.
func plainly(do func(ctx context.Context, ledger connector.Ledger, from *source, to output) error) func(*flag.FlagSet) func(context.Context, []string, output) int {
	return func(flags *flag.FlagSet) func(context.Context, []string, output) int {
		from := &source{}
		from.declare(flags)
		return func(ctx context.Context, arguments []string, to output) int {
			if len(arguments) > 0 {
				return misused(to, "这个命令不带参数 / this command takes flags alone")
			}
			return from.with(ctx, to, func(ledger connector.Ledger) error { return do(ctx, ledger, from, to) })
		}
	}
}

func prepareList(flags *flag.FlagSet) func(context.Context, []string, output) int {
	return plainly(func(ctx context.Context, ledger connector.Ledger, from *source, to output) error {
		counts, err := ledger.Counts(ctx)
		for _, count := range counts {
			if from.department == "" || from.department == count.Department {
				_, _ = fmt.Fprintf(to.out, "%-28s %-22s %8d\n", count.Department, count.Kind, count.Count)
			}
		}
		return err
	})(flags)
}

func prepareDead(flags *flag.FlagSet) func(context.Context, []string, output) int {
	return plainly(func(ctx context.Context, ledger connector.Ledger, from *source, to output) error {
		letters, err := ledger.Dead(ctx, from.department)
		for _, letter := range letters {
			_, _ = fmt.Fprintln(to.out, letterLine(letter))
		}
		return err
	})(flags)
}

func prepareEvents(status string) func(*flag.FlagSet) func(context.Context, []string, output) int {
	return plainly(func(ctx context.Context, ledger connector.Ledger, from *source, to output) error {
		events, err := ledger.Events(ctx, status, from.department)
		for _, event := range events {
			_, _ = fmt.Fprintln(to.out, eventLine(event))
		}
		return err
	})
}

func prepareShow(flags *flag.FlagSet) func(context.Context, []string, output) int {
	from := &source{}
	from.declare(flags)
	return func(ctx context.Context, arguments []string, to output) int {
		if len(arguments) != 1 {
			return misused(to, "请给出一个编号 / name one id")
		}
		return from.with(ctx, to, func(ledger connector.Ledger) error {
			letters, events, err := ledger.Find(ctx, arguments[0])
			if err == nil && len(letters)+len(events) == 0 {
				return fmt.Errorf("没有这个编号 / there is no such id")
			}
			for _, letter := range letters {
				line := letterLine(letter)
				if letter.ReplayedAt != nil {
					line += "  重试于 / tried again at " + moment(*letter.ReplayedAt)
				}
				_, _ = fmt.Fprintln(to.out, line)
			}
			for _, event := range events {
				_, _ = fmt.Fprintln(to.out, eventLine(event))
			}
			return err
		})
	}
}

func prepareReplay(flags *flag.FlagSet) func(context.Context, []string, output) int {
	from := &source{}
	from.declare(flags)
	return func(ctx context.Context, arguments []string, to output) int {
		var ids []models.ID
		for _, argument := range arguments {
			id, isID := models.ParseID(argument)
			if !isID {
				return misused(to, "编号不对 / not an id: "+argument)
			}
			ids = append(ids, id)
		}
		if len(ids) == 0 {
			return misused(to, "请给出编号，dead 会列出 / name ids; dead lists them")
		}
		return from.with(ctx, to, func(ledger connector.Ledger) error {
			count, err := ledger.Replay(ctx, ids)
			if err == nil {
				_, _ = fmt.Fprintf(to.out, "%d 条重试 / tried again\n", count)
			}
			return err
		})
	}
}

func letterLine(letter connector.Letter) string {
	return fmt.Sprintf("%s  %s  %-20s  %-14s  %s/%s  %s", letter.ID, moment(letter.FailedAt), letter.Department, letter.Operation, letter.Number, letter.Step, letter.Reason)
}

func eventLine(event connector.KeptEvent) string {
	return fmt.Sprintf("%s  %s  %-20s  %-36s  %s/%s  %s", event.ID, moment(event.ReceivedAt), event.Department, event.Type, event.Number, event.Step, event.Status)
}

func moment(at time.Time) string { return at.In(models.Zone).Format(time.DateTime) }
