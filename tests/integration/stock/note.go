// Signed notes as Go reads them (golang.org/x/mod/sumdb/note).
//
//	note VKEY FILE        prints the body if the note is good
//	note --flips VKEY FILE
//	                      changes each byte to every other value and prints
//	                      how many were tried, and how many of those notes
//	                      still said something by that key, and another body
//	note --proof SIZE FILE INDEX
//	                      a tlog-proof checked by sumdb/tlog; the leaf is read
//	                      from standard input
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func open(text []byte, vkey string) (*note.Note, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return note.Open(text, note.VerifierList(verifier))
}

func flips(text []byte, vkey string) {
	good, err := open(text, vkey)
	if err != nil {
		fail(err)
	}
	tried, wrong := 0, 0
	for i := range text {
		for flip := 1; flip < 256; flip++ {
			changed := append([]byte(nil), text...)
			changed[i] ^= byte(flip)
			tried++
			read, err := open(changed, vkey)
			if err == nil && read.Text != good.Text {
				wrong++
			}
		}
	}
	fmt.Println(tried, wrong)
}

// The proof of a C2SP tlog-proof and the root of its checkpoint.
func parseProof(text string) (tlog.RecordProof, tlog.Hash) {
	var out tlog.RecordProof
	var root tlog.Hash
	head, checkpoint, found := strings.Cut(text, "\n\n")
	if !found {
		fail(fmt.Errorf("no empty line"))
	}
	for _, line := range strings.Split(head, "\n")[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != 32 {
			fail(fmt.Errorf("not a hash: %s", line))
		}
		out = append(out, tlog.Hash(*(*[32]byte)(hash)))
	}
	hash, err := base64.StdEncoding.DecodeString(
		strings.Split(checkpoint, "\n")[2])
	if err != nil || len(hash) != 32 {
		fail(fmt.Errorf("not a root"))
	}
	copy(root[:], hash)
	return out, root
}

func checkProof(size, index int64, text string) {
	leaf, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	hashes, root := parseProof(text)
	err = tlog.CheckRecord(hashes, size, root, index, tlog.RecordHash(leaf))
	if err != nil {
		fail(err)
	}
}

func main() {
	text := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			fail(err)
		}
		return data
	}
	switch words := os.Args[1:]; {
	case len(words) == 3 && words[0] == "--flips":
		flips(text(words[2]), words[1])
	case len(words) == 4 && words[0] == "--proof":
		size, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			fail(err)
		}
		index, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			fail(err)
		}
		checkProof(size, index, string(text(words[2])))
	case len(words) == 2:
		read, err := open(text(words[1]), words[0])
		if err != nil {
			fail(err)
		}
		fmt.Print(read.Text)
	default:
		fail(fmt.Errorf("usage: see the source"))
	}
}
