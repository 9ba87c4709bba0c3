// Command keys looks after the key file of a server: the secrets that sign tokens, seal personal data and index it.
//
//	go run ./tools/keys generate FILE     a new key file, never over one that is there
//	go run ./tools/keys rotate            a new generation; running servers take it up and move everything to it
//	go run ./tools/keys stage             a new generation that is known and not used yet, for files that are handed out slowly
//	go run ./tools/keys promote 3         the staged generation is used from now on
//	go run ./tools/keys status            how much stands under which generation
//	go run ./tools/keys retire 1          a generation goes out of the file, once nothing uses it any more
//
// All but generate take the server's settings: its flags behind the command, and its variables. The file is only ever replaced as
// a whole; the former one stays beside it as FILE.previous.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"onewindow/models/sealed"
	"onewindow/server/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], environment(), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var errUsage = errors.New(`usage: go run ./tools/keys COMMAND [-only fields|index] [-suite aes-256-gcm|sm4-gcm] [the server's settings]
  generate FILE   rotate   stage   promote NUMBER   status   retire NUMBER`)

// request is what was asked for.
type request struct {
	command  string
	number   uint32
	file     string
	lists    []config.KeyList
	suite    sealed.Suite
	settings *config.Config
}

func environment() map[string]string {
	all := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		all[name] = value
	}
	return all
}

func run(ctx context.Context, arguments []string, environ map[string]string, out io.Writer) error {
	asked, err := read(arguments, environ)
	if err != nil {
		return err
	}
	switch asked.command {
	case "generate":
		return asked.generate(ctx, out)
	case "rotate", "stage":
		return asked.add(ctx, out)
	case "promote":
		return asked.promote(ctx, out)
	case "status":
		return asked.status(ctx, out)
	default:
		return asked.retire(ctx, out)
	}
}

// read understands the command line: the command, its number or file, our own flags, and then the server's.
func read(arguments []string, environ map[string]string) (*request, error) {
	if len(arguments) == 0 {
		return nil, errUsage
	}
	asked := &request{command: arguments[0]}
	rest := arguments[1:]
	switch asked.command {
	case "rotate", "stage", "status":
	case "generate", "promote", "retire":
		if len(rest) == 0 {
			return nil, errUsage
		}
		asked.file, rest = rest[0], rest[1:]
		number, err := strconv.ParseUint(asked.file, 10, 32)
		if err != nil && asked.command != "generate" {
			return nil, errUsage
		}
		asked.number = uint32(number)
	default:
		return nil, errUsage
	}
	ours := flag.NewFlagSet("keys", flag.ContinueOnError)
	ours.SetOutput(io.Discard)
	only, suite := ours.String("only", "", ""), ours.String("suite", string(sealed.AES), "")
	own, servers := split(rest, "only", "suite")
	if err := ours.Parse(own); err != nil {
		return nil, errUsage
	}
	asked.suite = sealed.Suite(*suite)
	switch config.KeyList(*only) {
	case "":
		asked.lists = []config.KeyList{config.FieldKeys, config.IndexKeys}
	case config.FieldKeys, config.IndexKeys:
		asked.lists = []config.KeyList{config.KeyList(*only)}
	default:
		return nil, errUsage
	}
	if asked.command == "generate" && environ["ONEWINDOW_KEYS"] == "" { // it is about a file that no server has yet
		environ["ONEWINDOW_KEYS"] = asked.file
	}
	var err error
	asked.settings, err = config.Load(servers, environ)
	return asked, err
}

// split takes our own flags, each with its value, out of the server's.
func split(arguments []string, names ...string) (own, others []string) {
	for position := 0; position < len(arguments); position++ {
		name, _, joined := strings.Cut(strings.TrimLeft(arguments[position], "-"), "=")
		mine := false
		for _, one := range names {
			mine = mine || name == one
		}
		switch {
		case !mine:
			others = append(others, arguments[position])
		case joined || position+1 == len(arguments):
			own = append(own, arguments[position])
		default:
			own = append(own, arguments[position], arguments[position+1])
			position++
		}
	}
	return own, others
}

func (r *request) generate(ctx context.Context, out io.Writer) error {
	if err := config.GenerateWrappedKeys(ctx, r.file, r.settings.KMS(), r.suite); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "made", r.file+":", "keep it safe, and a copy of it: what it sealed cannot be read without it")
	return err
}

func (r *request) add(ctx context.Context, out io.Writer) error {
	staged := r.command == "stage"
	for _, list := range r.lists {
		number, err := config.AddGeneration(ctx, r.settings.Keys, r.settings.KMS(), list, r.suite, staged)
		if err != nil {
			return err
		}
		what := "running servers take it up within a second or two and move everything to it; \"status\" shows how far they are"
		if staged {
			what = "hand the file out to every server, then \"promote\" it"
		}
		_, _ = fmt.Fprintf(out, "%s: generation %d (%s) is in %s: %s\n", list, number, r.suite, r.settings.Keys, what)
	}
	return nil
}

func (r *request) promote(ctx context.Context, out io.Writer) error {
	for _, list := range r.lists {
		if err := config.Promote(ctx, r.settings.Keys, r.settings.KMS(), list, r.number); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s: generation %d is used from now on\n", list, r.number)
	}
	return nil
}
