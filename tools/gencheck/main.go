// Command gencheck regenerates the GraphQL code in a copy of the module and fails if anything there changes: what is committed
// must be what the schema and gqlgen.yml give. The tree itself is only read.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	differences, err := run(ctx, ".", generate)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gencheck:", err)
		stop()
		os.Exit(2)
	}
	for _, difference := range differences {
		fmt.Println(difference)
	}
	if len(differences) > 0 {
		fmt.Println("The generated code is not what the schema gives: run `go tool gqlgen generate` and commit the result.")
		stop()
		os.Exit(1)
	}
}

// generate runs gqlgen in a folder, at the version that its go.mod pins.
func generate(ctx context.Context, folder string) error {
	command := exec.CommandContext(ctx, "go", "tool", "gqlgen", "generate")
	command.Dir = folder
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go tool gqlgen generate: %w\n%s", err, output)
	}
	return nil
}
