// Command departments is for operators and integrators of departments' systems: it shows what was given up, parked or in
// conflict, has it tried again, and holds a system to the department protocol. `go run ./tools/departments` lists what it can do;
// docs/departments.md is the integrator's guide.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

// The exit codes: what was asked for is done; something is wrong; the command was used wrongly.
const (
	done   = 0
	failed = 1
	misuse = 2
)

// output is where a command writes: what was asked for, and what went wrong on the way.
type output struct{ out, err io.Writer }

// command is one thing that can be done.
type command struct {
	name, arguments, help string
	// prepare declares the command's flags and gives what runs once they are read, with the arguments.
	prepare func(flags *flag.FlagSet) func(ctx context.Context, arguments []string, to output) int
}

// commands are all commands, in the order of the help.
var commands = []command{
	{"list", "", "每个部门的往来情况 / what there is of each department", prepareList},
	{"dead", "", "放弃了的，可以重试 / what was given up, to be tried again", prepareDead},
	{"parked", "", "还没轮到的事件 / events ahead of their turn", prepareEvents("parked")},
	{"conflicts", "", "与已有结果相悖的事件 / events against what was final", prepareEvents("conflict")},
	{"show", "ID", "一条死信或事件 / one dead letter or event", prepareShow},
	{"replay", "ID …", "重试死信 / have dead letters tried again", prepareReplay},
	{"check", "FILE", "检查连接文件和允许的主机 / check a connections file, and its hosts against the allow-list", prepareCheck},
	{"conform", "", "按协议检查一个系统 / hold a system to the protocol", prepareConform},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], output{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string, to output) int {
	if len(arguments) == 0 {
		_, _ = fmt.Fprint(to.err, usage())
		return misuse
	}
	if strings.TrimLeft(arguments[0], "-") == "help" || arguments[0] == "-h" {
		_, _ = fmt.Fprint(to.out, usage())
		return done
	}
	for _, c := range commands {
		if c.name == arguments[0] {
			return c.run(ctx, arguments[1:], to)
		}
	}
	_, _ = fmt.Fprintf(to.err, "没有 %[1]q 这个命令 / there is no command %[1]q\n\n%[2]s", arguments[0], usage())
	return misuse
}

// run reads flags and arguments in any order, and does the command.
func (c command) run(ctx context.Context, arguments []string, to output) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(to.err)
	flags.Usage = func() {
		_, _ = fmt.Fprintf(flags.Output(), "go run ./tools/departments %s [flags] %s\n  %s\n", c.name, c.arguments, c.help)
		flags.PrintDefaults()
	}
	do := c.prepare(flags)
	var others []string
	for rest := arguments; len(rest) > 0; {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return done
		} else if err != nil {
			return misuse
		}
		if rest = flags.Args(); len(rest) > 0 {
			others, rest = append(others, rest[0]), rest[1:]
		}
	}
	return do(ctx, others, to)
}

// misused says what is right.
func misused(to output, right string) int {
	_, _ = fmt.Fprintln(to.err, right)
	return misuse
}

func usage() string {
	var text strings.Builder
	text.WriteString("一窗部门对接工具 / OneWindow's tool for departments' systems\n\ngo run ./tools/departments COMMAND [flags] …\n\n")
	for _, c := range commands {
		_, _ = fmt.Fprintf(&text, "  %-9s %-11s %s\n", c.name, c.arguments, c.help)
	}
	text.WriteString("\n每个命令的选项 / the flags of each: go run ./tools/departments COMMAND -h\n" +
		"退出码：0 完成，1 有问题，2 用法不对 / exit code: 0 done, 1 something is wrong, 2 used wrongly.\n")
	return text.String()
}
