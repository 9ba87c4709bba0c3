package sealed_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"onewindow/models/sealed"
)

func smKey(t *testing.T, number uint32, fill byte) sealed.Key {
	t.Helper()
	made, err := sealed.NewSuiteKey(number, sealed.SM, bytes.Repeat([]byte{fill}, sealed.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// Five generations of both suites stand side by side: each box says by its number how it opens.
func TestManyGenerationsOfBothSuitesStandSideBySide(t *testing.T) {
	all := []sealed.Key{key(t, 5, 5), smKey(t, 4, 4), key(t, 3, 3), smKey(t, 2, 2), key(t, 1, 1)}
	whole := ring(t, all...)
	for _, one := range all {
		box := ring(t, one).SealText("p", "张三丰")
		if got, err := whole.OpenText("p", box); err != nil || got != "张三丰" || sealed.GenerationOf(box) != one.Number {
			t.Errorf("%v %s: %q, %v, generation %d", one, one.Suite, got, err, sealed.GenerationOf(box))
		}
		box[len(box)-1] ^= 1
		if _, err := whole.OpenText("p", box); err == nil {
			t.Errorf("%s opened what was changed", one.Suite)
		}
	}
	if whole.Generation() != 5 {
		t.Errorf("seals with %d", whole.Generation())
	}
	// The same secret and number under another suite is another key.
	if _, err := ring(t, smKey(t, 1, 1)).Open("p", ring(t, key(t, 1, 1)).SealText("p", "v")); err == nil {
		t.Error("SM4 opened what AES sealed")
	}
}

func TestIndexesSayTheirGenerationAndAreFoundInAll(t *testing.T) {
	keys, err := sealed.NewKeyring([]sealed.Key{key(t, 1, 1)}, smKey(t, 3, 3), key(t, 2, 2), key(t, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint32]string{}
	for generation := range uint32(4) {
		if found[generation], err = keys.IndexAt(generation, "p", "v"); err != nil {
			t.Fatal(err)
		}
	}
	if found[0] != found[1] || len(found[1]) != 32 || found[1] == found[2] || sealed.IndexGenerationOf(found[1]) != 1 || sealed.IndexGenerationOf(found[3]) != 3 {
		t.Errorf("%v", found)
	}
	if keys.Index("p", "v") != found[1] || keys.IndexGeneration() != 3 {
		t.Error("what is kept for minutes must not change with a new generation")
	}
	all, err := keys.Indexes(2, "p", "v")
	if err != nil || !slices.Equal(all, []string{found[2], found[3], found[1]}) {
		t.Errorf("%v %v", all, err)
	}
	if _, err := keys.IndexAt(4, "p", "v"); err == nil {
		t.Error("an unknown generation was used")
	}
	if _, err := keys.Indexes(4, "p", "v"); err == nil {
		t.Error("a row under an unknown generation would seem not to be there")
	}
}

// A replica that has not seen the new key file yet reads it again before it gives up.
func TestAnUnknownGenerationIsLookedForBeforeFailing(t *testing.T) {
	newer, err := sealed.NewKeyring([]sealed.Key{key(t, 2, 2), key(t, 1, 1)}, key(t, 2, 2), key(t, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	box := newer.SealText("p", "v")
	old := ring(t, key(t, 1, 1))
	if _, err := old.Open("p", box); err == nil {
		t.Fatal("opened without the key")
	}
	asked := 0
	old.Follow(func() (*sealed.Keyring, error) { asked++; return nil, errors.New("the disk is gone") })
	if _, err := old.Open("p", box); err == nil || asked != 1 {
		t.Fatalf("%v after %d looks", err, asked)
	}
	old.Follow(func() (*sealed.Keyring, error) { asked++; return newer, nil })
	if got, err := old.OpenText("p", box); err != nil || got != "v" || old.Generation() != 2 {
		t.Fatalf("%q %v", got, err)
	}
	if _, err := old.Open("p", box); err != nil || asked != 2 {
		t.Errorf("looked %d times", asked)
	}
	late := ring(t, key(t, 1, 1))
	late.Follow(func() (*sealed.Keyring, error) { return newer, nil })
	want, _ := newer.IndexAt(2, "p", "v")
	if got, err := late.IndexAt(2, "p", "v"); err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
}

func BenchmarkSeal(b *testing.B) {
	for _, suite := range sealed.Suites() {
		made, err := sealed.NewSuiteKey(1, suite, bytes.Repeat([]byte{7}, sealed.KeySize))
		if err != nil {
			b.Fatal(err)
		}
		keys, err := sealed.NewKeyring([]sealed.Key{made}, made)
		if err != nil {
			b.Fatal(err)
		}
		field, file := []byte("+8613800000001"), bytes.Repeat([]byte{1}, 1<<20)
		box := keys.Seal("p", field)
		b.Run(string(suite)+"/seal-field", func(b *testing.B) {
			for b.Loop() {
				keys.Seal("p", field)
			}
		})
		b.Run(string(suite)+"/open-field", func(b *testing.B) {
			for b.Loop() {
				_, _ = keys.Open("p", box)
			}
		})
		b.Run(string(suite)+"/index", func(b *testing.B) {
			for b.Loop() {
				keys.Index("p", "+8613800000001")
			}
		})
		b.Run(string(suite)+"/seal-1MB", func(b *testing.B) {
			b.SetBytes(1 << 20)
			for b.Loop() {
				keys.Seal("p", file)
			}
		})
	}
}
