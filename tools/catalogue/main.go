// Command catalogue is for the clerk who keeps a city's services: it checks a folder in the catalogue exchange format with
// the code by which the server loads it. `go run ./tools/catalogue` lists what it can do.
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

// The exit codes: what was asked for is done; the folder has faults or something failed; the command was used wrongly.
const (
	done   = 0
	failed = 1
	misuse = 2
)

// output is where a command writes: what was asked for, and what went wrong on the way.
type output struct{ out, err io.Writer }

// command is one thing that can be done with a folder.
type command struct {
	name, help string
	// prepare declares the command's flags and gives what runs once they are read, with the folder.
	prepare func(flags *flag.FlagSet) func(ctx context.Context, folder string, to output) int
}

// commands are all commands, in the order of the help.
var commands = []command{
	{"check", "检查目录，列出全部问题 / read the folder and list everything that is wrong", prepareCheck},
	{"diff", "比较目录与现行目录，列出变化和涉及的申请 / what a load would change, and which open applications it touches", prepareDiff},
	{"load", "检查并载入目录，运行中的服务器随即切换 / check the folder and take it over; servers that run go over to it", prepareLoad},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], output{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string, to output) int {
	if len(arguments) == 0 {
		fmt.Fprint(to.err, usage())
		return misuse
	}
	if strings.TrimLeft(arguments[0], "-") == "help" || arguments[0] == "-h" {
		fmt.Fprint(to.out, usage())
		return done
	}
	for _, c := range commands {
		if c.name == arguments[0] {
			return c.run(ctx, arguments[1:], to)
		}
	}
	fmt.Fprintf(to.err, "没有 %[1]q 这个命令 / there is no command %[1]q\n\n%[2]s", arguments[0], usage())
	return misuse
}

// run reads flags and the folder in any order, and does the command.
func (c command) run(ctx context.Context, arguments []string, to output) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(to.err)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "go run ./tools/catalogue %s [flags] FOLDER\n  %s\n", c.name, c.help)
		flags.PrintDefaults()
	}
	do := c.prepare(flags)
	var folders []string
	for rest := arguments; len(rest) > 0; {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return done
		} else if err != nil {
			return misuse
		}
		if rest = flags.Args(); len(rest) > 0 {
			folders, rest = append(folders, rest[0]), rest[1:]
		}
	}
	if len(folders) != 1 {
		fmt.Fprintln(to.err, "请给出一个目录 / name one folder")
		flags.Usage()
		return misuse
	}
	return do(ctx, folders[0], to)
}

func usage() string {
	var text strings.Builder
	text.WriteString("一窗服务目录工具 / OneWindow's catalogue tool\n\ngo run ./tools/catalogue COMMAND [flags] FOLDER\n\n")
	for _, c := range commands {
		fmt.Fprintf(&text, "  %-6s %s\n", c.name, c.help)
	}
	text.WriteString("\nFOLDER 是目录交换格式的文件夹 / is a folder in the catalogue exchange format.\n" +
		"退出码：0 完成，1 有问题，2 用法不对 / exit code: 0 done, 1 something is wrong, 2 used wrongly.\n")
	return text.String()
}
