package main

import (
	"context"
	"flag"
	"fmt"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// prepareLoad takes a folder over, whole; the servers that run go over to it within a second or two.
func prepareLoad(flags *flag.FlagSet) func(context.Context, string, output) int {
	list, where := &listing{}, &place{}
	list.declare(flags)
	where.declare(flags)
	return func(ctx context.Context, folder string, to output) int {
		return where.with(ctx, folder, list, to, func(records *store.Store, read *catalogue.Catalogue) error {
			service := catalogue.NewService(records)
			if _, err := service.Follow(ctx); err != nil {
				return err
			}
			if service.IsThere() {
				list.difference(to, service.Current().Differences(read))
			}
			loaded, err := service.Load(ctx, read, catalogue.FromCommand)
			if err != nil {
				return err
			}
			number := loaded.Release.Number
			if !loaded.IsNew {
				list.both(to, "", models.T(fmt.Sprintf("没有变化，仍是第 %d 版目录", number), fmt.Sprintf("nothing changes; release %d stays on offer", number)))
				return nil
			}
			list.both(to, "", models.T(fmt.Sprintf("已载入，现为第 %d 版目录；运行中的服务器一两秒内切换", number),
				fmt.Sprintf("taken over as release %d; servers that run go over within a second or two", number)))
			return nil
		})
	}
}
