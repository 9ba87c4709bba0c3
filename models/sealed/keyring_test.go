package sealed_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"onewindow/models/sealed"
)

func key(t *testing.T, number uint32, fill byte) sealed.Key {
	t.Helper()
	made, err := sealed.NewKey(number, bytes.Repeat([]byte{fill}, sealed.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func ring(t *testing.T, keys ...sealed.Key) *sealed.Keyring {
	t.Helper()
	made, err := sealed.NewKeyring(keys, key(t, 9, 9))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestSealedValueOpensOnlyInItsPlaceUnchanged(t *testing.T) {
	keys := ring(t, key(t, 1, 1))
	box := keys.SealText("resident.phone", "+8613800000001")
	if bytes.Contains(box, []byte("138")) {
		t.Fatal("the value can be read")
	}
	if got, err := keys.OpenText("resident.phone", box); err != nil || got != "+8613800000001" {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := keys.OpenText("resident.address", box); err == nil {
		t.Error("opened in another place")
	}
	for position := range box {
		changed := bytes.Clone(box)
		changed[position] ^= 1
		if _, err := keys.OpenText("resident.phone", changed); err == nil {
			t.Errorf("opened with byte %d changed", position)
		}
	}
	if again := keys.SealText("resident.phone", "+8613800000001"); bytes.Equal(again, box) {
		t.Error("two seals of one value are alike")
	}
}

func TestAnOldKeyStillOpensAndTheNewOneSeals(t *testing.T) {
	old := ring(t, key(t, 1, 1)).SealText("p", "v")
	both := ring(t, key(t, 2, 2), key(t, 1, 1))
	if got, err := both.OpenText("p", old); err != nil || got != "v" {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := ring(t, key(t, 1, 1)).OpenText("p", both.SealText("p", "v")); err == nil {
		t.Error("the old ring opened what the new key sealed")
	}
}

func TestIndexIsSteadyAndKeptApartByPurpose(t *testing.T) {
	keys, restarted := ring(t, key(t, 1, 1)), ring(t, key(t, 1, 1))
	if keys.Index("a", "x") != restarted.Index("a", "x") || keys.Index("a", "x") == keys.Index("b", "x") || keys.Index("ab", "x") == keys.Index("a", "bx") {
		t.Error("index is not a function of purpose and value")
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	printed := fmt.Sprintf("%v %+v %#v", key(t, 1, 'S'), key(t, 1, 'S'), key(t, 1, 'S'))
	if strings.Contains(printed, "SSSS") || strings.Contains(printed, "83") {
		t.Errorf("printed %s", printed)
	}
}
