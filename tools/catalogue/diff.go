package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// prepareDiff tells what a load would change, and which open applications it touches. It changes nothing.
func prepareDiff(flags *flag.FlagSet) func(context.Context, string, output) int {
	list, where := &listing{}, &place{}
	list.declare(flags)
	where.declare(flags)
	withCases := flags.Bool("cases", false, "列出涉及的申请编号 / list the numbers of the applications concerned")
	return func(ctx context.Context, folder string, to output) int {
		return where.with(ctx, folder, list, to, func(records *store.Store, read *catalogue.Catalogue) error {
			service := catalogue.NewService(records)
			if _, err := service.Follow(ctx); err != nil {
				return err
			}
			if !service.IsThere() {
				return errors.New("还没有载入过目录，全部都是新的 / no catalogue has been taken over yet: everything is new")
			}
			differences := service.Current().Differences(read)
			if differences.IsNothing() {
				list.both(to, "", models.T("没有变化", "nothing would change"))
				return nil
			}
			list.difference(to, differences)
			cases := casework.New(casework.Dependencies{Store: records, Catalogue: service})
			if err := list.touched(ctx, to, cases, differences, *withCases); err != nil {
				return err
			}
			return list.moved(ctx, to, cases, read)
		})
	}
}

// difference writes what changes, an item to a line.
func (l *listing) difference(to output, d *catalogue.Difference) {
	for _, item := range d.New {
		l.both(to, "+ "+item.Code+" ", models.T("新增事项“"+item.Name.In(models.Chinese)+"”", "new service “"+item.Name.In(models.English)+"”"))
	}
	for _, item := range d.Gone {
		l.both(to, "- "+item.Code+" ", models.T("不再办理“"+item.Name.In(models.Chinese)+"”，已受理的继续办理", "“"+item.Name.In(models.English)+"” is not offered any more; open applications go on"))
	}
	for _, changed := range d.Changed {
		l.both(to, "~ "+changed.After.Code+" ", catalogue.Sentence(changed.Changes))
	}
	for _, words := range d.Rest {
		l.both(to, "~ ", words)
	}
}

// touched writes how many open applications the changes touch: drafts are asked the difference, the others keep their version.
func (l *listing) touched(ctx context.Context, to output, cases *casework.Service, d *catalogue.Difference, withCases bool) error {
	var codes []string
	for _, changed := range d.Changed {
		codes = append(codes, changed.After.Code)
	}
	for _, item := range d.Gone {
		codes = append(codes, item.Code)
	}
	if len(codes) == 0 {
		return nil
	}
	counts, err := cases.OpenByItem(ctx, codes)
	if err != nil {
		return err
	}
	for _, count := range counts {
		words := models.T("保留原版本", "keep their version")
		if count.State == casework.Draft {
			words = models.T("下次保存时告知变化", "are told what changed at their next save")
		}
		l.both(to, fmt.Sprintf("  %s %s %d ", count.ItemCode, count.State, count.Count), words)
	}
	if !withCases {
		return nil
	}
	return cases.EachOpen(ctx, codes, func(one casework.OpenCase) {
		fmt.Fprintf(to.out, "  %s %s %s\n", one.Number, one.ItemCode, one.State)
	})
}

// moved writes every open application whose dates the folder's calendar would move, and by how much.
func (l *listing) moved(ctx context.Context, to output, cases *casework.Service, read *catalogue.Catalogue) error {
	return cases.Moves(ctx, read.Calendar, func(move *casework.Move) error {
		if move.Held {
			l.both(to, fmt.Sprintf("  %s %s ", move.Number, move.Item.Code), models.T("日期不变（其中有已过的）", "keeps its dates: one of them has passed"))
			return nil
		}
		for _, date := range move.Dates {
			fmt.Fprintf(to.out, "  %s %s %s %s -> %s (%+d)\n", move.Number, move.Item.Code, date.Kind, date.From, date.To, int(date.To-date.From))
		}
		return nil
	})
}
